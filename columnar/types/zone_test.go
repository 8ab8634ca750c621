package types

import (
	"archive/zip"
	"io"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
)

// TestZonesAreThoseOfGo compares the embedded zones with those of the Go distribution that runs the test, byte by
// byte: a newer one has newer rules, and `go generate ./columnar/types` takes them over.
func TestZonesAreThoseOfGo(t *testing.T) {
	z, err := zip.OpenReader(filepath.Join(runtime.GOROOT(), "lib", "time", "zoneinfo.zip")) //nolint:staticcheck // tests run where they were built
	if err != nil {
		t.Skipf("no zoneinfo.zip in the Go distribution: %v", err)
	}
	defer z.Close()
	seen := 0
	for _, f := range z.File {
		if strings.HasSuffix(f.Name, "/") {
			continue
		}
		seen++
		if _, ok := zoneFiles()[f.Name]; !ok {
			t.Errorf("zone %s is missing", f.Name)
			continue
		}
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		want, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		if string(zoneFiles()[f.Name]) != string(want) {
			t.Logf("zone %s has other rules in %s", f.Name, runtime.Version())
		}
		if _, err := LoadZone(f.Name); err != nil {
			t.Errorf("zone %s: %v", f.Name, err)
		}
	}
	if seen < 500 {
		t.Errorf("%d zones in the distribution", seen)
	}
}

// TestZoneRules pins offsets that need rules from before 1970, with halves of hours, and from the rule string behind
// the last change.
func TestZoneRules(t *testing.T) {
	for _, c := range []struct {
		zone string
		at   time.Time
		want int
	}{
		{"Europe/Berlin", time.Date(2026, 7, 1, 0, 0, 0, 0, time.UTC), 7200},
		{"Europe/Berlin", time.Date(2090, 1, 1, 0, 0, 0, 0, time.UTC), 3600},
		{"America/New_York", time.Date(2024, 11, 3, 5, 59, 59, 0, time.UTC), -4 * 3600},
		{"America/New_York", time.Date(2024, 11, 3, 6, 0, 0, 0, time.UTC), -5 * 3600},
		{"Asia/Kolkata", time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC), 19800},
		{"Asia/Shanghai", time.Date(1940, 7, 1, 0, 0, 0, 0, time.UTC), 9 * 3600},
	} {
		z, err := LoadZone(c.zone)
		if err != nil {
			t.Fatal(err)
		}
		if got := z.Offset(c.at.Unix()); got != c.want {
			t.Errorf("%s at %s: offset %d, want %d", c.zone, c.at, got, c.want)
		}
	}
	for _, name := range []string{"", "Local", "Mars/Olympus", "../../etc/passwd"} {
		if z, err := LoadZone(name); err == nil {
			t.Errorf("zone %q is %s", name, z.Name())
		}
	}
}
