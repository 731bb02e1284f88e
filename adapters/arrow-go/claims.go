package main

import (
	"runtime"
	"runtime/debug"
)

// features of arrow-go: every one was tried. Its writers know version 5 alone and have no alignment; its readers have no
// projection, and neither reads nor writes the metadata of a footer.
var features = []string{
	"format.*",
	"type.*",
	"dict.basic",
	"dict.nested",
	"dict.shared:r",
	"dict.delta",
	"dict.replacement",
	"dict.ordered",
	"endian.big:r",
	"compress.lz4",
	"compress.zstd",
	"source.path",
	"source.memory_map",
	"source.memory",
	"source.callbacks",
	"source.pipe",
	"sink.path",
	"sink.memory",
	"access.next",
	"access.random",
	"access.c_stream",
	"meta.schema",
	"meta.field",
	"meta.batch",
	"version.v4:r",
	"legacy:r",
	"validate.full",
	"fact.num_batches",
	"fact.left",
}

// introduction is the answer to start.
func introduction() map[string]any {
	version := "unknown"
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, module := range info.Deps {
			if module.Path == "github.com/apache/arrow-go/v18" {
				version = module.Version[1:]
			}
		}
	}
	return map[string]any{
		"protocol": 1,
		"adapter":  map[string]string{"id": "arrow-go", "version": "1"},
		"implementation": map[string]any{
			"name": "arrow-go", "language": "go", "version": version,
			"components": map[string]string{"go": runtime.Version()[2:]},
		},
		"roles":    []string{"produce", "consume", "transcode", "echo"},
		"features": features,
		"observe":  []string{"cdata", "transcode"},
		"validate": []string{"none", "full"},
		"type_map": map[string]string{},
	}
}
