package peer

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// Usage is what a process has used so far, as /proc says.
type Usage struct {
	CPU          time.Duration
	RSS, PeakRSS int64 // bytes
	Written      int64 // bytes that it sent to the disk
}

// UsageOf reads the usage of a process: nothing for pid 0, and only the CPU time
// where there is no /proc.
func UsageOf(pid int) Usage {
	if pid == 0 {
		return Usage{}
	}
	u := Usage{CPU: cpuOf(pid)}
	dir := filepath.Join("/proc", strconv.Itoa(pid))
	if status, err := os.ReadFile(filepath.Join(dir, "status")); err == nil {
		u.RSS, u.PeakRSS = field(status, "VmRSS:")<<10, field(status, "VmHWM:")<<10
	}
	if io, err := os.ReadFile(filepath.Join(dir, "io")); err == nil {
		u.Written = field(io, "write_bytes:")
	}
	return u
}

// CPU is what a process has run so far.
func CPU(s System) time.Duration {
	if s.PID() == 0 {
		return 0
	}
	return cpuOf(s.PID())
}

func field(text []byte, name string) int64 {
	_, after, ok := bytes.Cut(text, []byte(name))
	if !ok {
		return 0
	}
	words := strings.Fields(string(after[:min(len(after), 64)]))
	if len(words) == 0 {
		return 0
	}
	n, _ := strconv.ParseInt(words[0], 10, 64)
	return n
}

// OwnCPU is what this process ran: the generator and the client.
func OwnCPU() time.Duration {
	var r syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &r); err != nil {
		return 0
	}
	return time.Duration(r.Utime.Nano() + r.Stime.Nano())
}

// BytesOn is the size of all files below a folder.
func BytesOn(dir string) (int64, error) {
	var n int64
	err := filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return skipGone(err)
		}
		info, err := d.Info()
		if err == nil {
			n += info.Size()
		}
		return skipGone(err)
	})
	return n, err
}

// skipGone: files come and go while a system runs.
func skipGone(err error) error {
	if os.IsNotExist(err) {
		return nil
	}
	return err
}
