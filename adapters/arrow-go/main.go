// Adapter of arrow-go for the conformance suite: protocol 1 on standard input and output (docs/protocol.md).
package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"syscall"

	_ "github.com/apache/arrow-go/v18/arrow/extensions" // registers the canonical extension types
)

// request has the fields of every command.
type request struct {
	Cmd        string          `json:"cmd"`
	ID         json.RawMessage `json:"id"`
	Protocols  []int           `json:"protocols"`
	Workdir    string          `json:"workdir"`
	Kit        string          `json:"kit"`
	In         string          `json:"in"`
	Path       string          `json:"path"`
	Format     string          `json:"format"`
	To         string          `json:"to"`
	Source     string          `json:"source"`
	Sink       string          `json:"sink"`
	Access     string          `json:"access"`
	Validate   string          `json:"validate"`
	Order      []int           `json:"order"`
	Projection []int           `json:"projection"`
	Options    writeOptions    `json:"options"`
	Out        string          `json:"out"`
	Observe    struct {
		Via  string `json:"via"`
		Dump bool   `json:"dump"`
		Out  string `json:"out"`
	} `json:"observe"`
}

// answer has the fields of every answer but that to start.
type answer struct {
	ID     json.RawMessage `json:"id,omitempty"`
	Status string          `json:"status,omitempty"`
	*observed
	Size          int64          `json:"size,omitempty"`
	Phase         string         `json:"phase,omitempty"`
	Error         *failure       `json:"error,omitempty"`
	BatchesBefore *int           `json:"batches_before,omitempty"`
	Feature       string         `json:"feature,omitempty"`
	Message       string         `json:"message,omitempty"`
	Allocated     *int64         `json:"allocated,omitempty"`
	Facts         map[string]any `json:"facts,omitempty"`
}

// adapter is the state between requests.
type adapter struct {
	workdir string
	kit     bool
	phase   string // of a refusal, if arrow-go panics
}

// file gives the place of a payload.
func (a *adapter) file(name string) string {
	if name == "" || filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(a.workdir, name)
}

func (a *adapter) perform(r *request) (any, error) {
	switch r.Cmd {
	case "start":
		return a.start(r)
	case "reset":
		left := allocator.AllocatedBytes()
		return answer{Allocated: &left}, nil
	case "produce":
		return a.produce(r)
	case "transcode":
		return a.transcode(r)
	case "consume":
		return a.consume(r)
	case "echo":
		return a.echo(r)
	}
	return nil, unsupported("cmd." + r.Cmd)
}

func (a *adapter) start(r *request) (any, error) {
	a.workdir = r.Workdir
	if r.Kit != "" {
		if err := loadKit(r.Kit); err != nil {
			return nil, err
		}
		a.kit = true
	}
	return introduction(), nil
}

// guarded performs a request. A panic of arrow-go is a refusal of its own type, and its stack goes to standard error.
func (a *adapter) guarded(r *request) (result any, err error) {
	defer func() {
		if value := recover(); value != nil {
			fmt.Fprintf(os.Stderr, "panic: %v\n%s\n", value, debug.Stack())
			err = panicked(a.phase, value)
		}
	}()
	return a.perform(r)
}

// answer gives the answer to one line, whatever it holds.
func (a *adapter) answer(line []byte) any {
	var r request
	if err := json.Unmarshal(line, &r); err != nil {
		return answer{Status: "error", Message: err.Error()}
	}
	result, err := a.guarded(&r)
	if err == nil {
		if _, ok := result.(answer); !ok {
			return result
		}
	}
	reply, _ := result.(answer)
	var refusal *refusal
	var missing unsupported
	switch {
	case err == nil || errors.Is(err, errMalformed):
		if r.Cmd != "reset" {
			reply.Status = "ok"
		}
	case errors.As(err, &refusal):
		reply = refusal.answer()
	case errors.As(err, &missing):
		reply = answer{Status: "unsupported", Feature: string(missing)}
	default:
		reply = answer{Status: "error", Message: err.Error()}
	}
	reply.ID = r.ID
	giveBack()
	if a.kit && reply.Status != "" {
		faults, err := kitFaults()
		if err != nil {
			return answer{ID: r.ID, Status: "error", Message: err.Error()}
		}
		if reply.Status == "ok" || reply.Status == "rejected" {
			if reply.Facts == nil {
				reply.Facts = map[string]any{}
			}
			reply.Facts["cdata_faults"] = faults
		}
	}
	return reply
}

func serve(requests io.Reader, answers io.Writer) error {
	a := &adapter{}
	in := bufio.NewReader(requests)
	out := json.NewEncoder(answers)
	out.SetEscapeHTML(false)
	for {
		line, err := in.ReadBytes('\n')
		if err != nil {
			if err == io.EOF {
				return nil
			}
			return err
		}
		var only struct {
			Cmd string `json:"cmd"`
		}
		if json.Unmarshal(line, &only) == nil && only.Cmd == "stop" {
			return nil
		}
		if err := out.Encode(a.answer(line)); err != nil {
			return err
		}
	}
}

// privateOutput gives standard output to the protocol alone: descriptor 1 becomes standard error.
func privateOutput() (*os.File, error) {
	fd, err := syscall.Dup(1)
	if err != nil {
		return nil, err
	}
	if err := syscall.Dup3(2, 1, 0); err != nil {
		return nil, err
	}
	return os.NewFile(uintptr(fd), "answers"), nil
}

func main() {
	runtime.LockOSThread()
	answers, err := privateOutput()
	if err == nil {
		err = serve(os.Stdin, answers)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
