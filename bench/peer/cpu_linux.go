package peer

import (
	"time"

	"golang.org/x/sys/unix"
)

// cpuOf is the CPU time of all threads of a process, those that ended included:
// the kernel has a clock for each process, whose number is made of the pid.
func cpuOf(pid int) time.Duration {
	const scheduled = 2 // CPUCLOCK_SCHED: what the scheduler counted, in nanoseconds
	var t unix.Timespec
	if err := unix.ClockGettime(int32(^pid<<3|scheduled), &t); err != nil {
		return 0
	}
	return time.Duration(t.Nano())
}
