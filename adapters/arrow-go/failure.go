package main

import "fmt"

// failure is the error of a rejection.
type failure struct {
	Type    string `json:"type"`
	Message string `json:"message"`
}

// refusal is an error of arrow-go: it does not take the input, or does not write the data.
type refusal struct {
	phase         string
	cause         failure
	batchesBefore *int
}

func (r *refusal) Error() string { return r.phase + ": " + r.cause.Message }

func (r *refusal) answer() answer {
	return answer{Status: "rejected", Phase: r.phase, Error: &r.cause, BatchesBefore: r.batchesBefore}
}

func rejected(phase string, err error) error {
	return &refusal{phase: phase, cause: failure{fmt.Sprintf("%T", err), err.Error()}}
}

func rejectedBatch(phase string, before int, err error) error {
	return &refusal{phase, failure{fmt.Sprintf("%T", err), err.Error()}, &before}
}

// panicked is the refusal that a panic of arrow-go makes.
func panicked(phase string, value any) error {
	return &refusal{phase: phase, cause: failure{"panic", fmt.Sprint(value)}}
}

// unsupported names a feature that arrow-go does not have.
type unsupported string

func (u unsupported) Error() string { return "not supported: " + string(u) }
