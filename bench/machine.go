package bench

import (
	"bytes"
	"os"
	"runtime"
	"strconv"
	"strings"

	"github.com/freshetdb/freshet/bench/report"
)

// machine says where this runs, as far as /proc tells.
func machine() report.Machine {
	m := report.Machine{CPU: runtime.GOARCH, Cores: runtime.NumCPU(), Kernel: runtime.GOOS, GoVer: runtime.Version()}
	if model := procValue("/proc/cpuinfo", "model name"); model != "" {
		m.CPU = model
	}
	kib, _ := strconv.ParseInt(strings.TrimSuffix(procValue("/proc/meminfo", "MemTotal"), " kB"), 10, 64)
	m.Memory = kib << 10
	if release, err := os.ReadFile("/proc/sys/kernel/osrelease"); err == nil {
		m.Kernel = "Linux " + strings.TrimSpace(string(release))
	}
	return m
}

// freeMemory is what programs may still take, 0 where /proc does not tell.
func freeMemory() int64 {
	kib, _ := strconv.ParseInt(strings.TrimSuffix(procValue("/proc/meminfo", "MemAvailable"), " kB"), 10, 64)
	return kib << 10
}

func procValue(path, name string) string {
	text, err := os.ReadFile(path)
	if err != nil {
		return ""
	}
	for line := range bytes.Lines(text) {
		key, value, _ := strings.Cut(string(line), ":")
		if strings.TrimSpace(key) == name {
			return strings.TrimSpace(value)
		}
	}
	return ""
}
