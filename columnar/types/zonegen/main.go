// Command zonegen packs the time zones of the Go distribution that runs it into zones.gz, which package types
// embeds: a quarter of the size of time/tzdata, and the same zones on every machine, where time.LoadLocation would
// prefer the machine's own files.
package main

import (
	"archive/zip"
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

func main() {
	if err := run("zones.gz"); err != nil {
		fmt.Fprintln(os.Stderr, "zonegen:", err)
		os.Exit(1)
	}
}

func run(out string) error {
	root, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		return fmt.Errorf("find the Go distribution: %w", err)
	}
	z, err := zip.OpenReader(filepath.Join(strings.TrimSpace(string(root)), "lib", "time", "zoneinfo.zip"))
	if err != nil {
		return fmt.Errorf("open the zones: %w", err)
	}
	var packed []byte
	for _, f := range z.File {
		if strings.HasSuffix(f.Name, "/") {
			continue
		}
		r, err := f.Open()
		if err != nil {
			return fmt.Errorf("zone %s: %w", f.Name, err)
		}
		data, err := io.ReadAll(r)
		if err != nil {
			return fmt.Errorf("zone %s: %w", f.Name, err)
		}
		for _, part := range [][]byte{[]byte(f.Name), data} {
			packed = append(binary.AppendUvarint(packed, uint64(len(part))), part...)
		}
	}
	var gz bytes.Buffer
	w, err := gzip.NewWriterLevel(&gz, gzip.BestCompression)
	if err != nil {
		return fmt.Errorf("compress: %w", err)
	}
	if _, err := w.Write(packed); err != nil {
		return fmt.Errorf("compress: %w", err)
	}
	if err := w.Close(); err != nil {
		return fmt.Errorf("compress: %w", err)
	}
	return os.WriteFile(out, gz.Bytes(), 0o644)
}
