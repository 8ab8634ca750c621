//go:build nobench

package main

import (
	"context"
	"errors"
	"io"
)

// benchCommand is not in this build.
func benchCommand() []command { return nil }

func runBench(context.Context, []string, io.Writer) error {
	return errors.New("bench: it is not in this build, which is to stay under 20 MiB; \"make build-bench\" makes bin/freshet-bench")
}
