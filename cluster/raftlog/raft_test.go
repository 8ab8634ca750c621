package raftlog_test

import (
	"fmt"
	"io"
	"testing"
	"time"

	"github.com/hashicorp/raft"

	"github.com/freshetdb/freshet/cluster/raftlog"
	"github.com/freshetdb/freshet/columnar/vfs"
)

// journal is a state machine that remembers what it was told.
type journal struct{ applied []string }

func (j *journal) Apply(l *raft.Log) any {
	j.applied = append(j.applied, string(l.Data))
	return len(j.applied)
}

func (j *journal) Snapshot() (raft.FSMSnapshot, error) { return nil, nil }
func (j *journal) Restore(io.ReadCloser) error         { return nil }

// A group of one voter lives on the log through restarts.
func TestUnderRaft(t *testing.T) {
	fsys := vfs.NewMem()
	for round := range 3 {
		l, err := raftlog.Open(raftlog.Config{FS: fsys, Dir: dir, SegmentBytes: smallSegments})
		must(t, err)
		_, transport := raft.NewInmemTransport("a")
		cfg := raft.DefaultConfig()
		cfg.LocalID = "a"
		cfg.HeartbeatTimeout, cfg.ElectionTimeout = 50*time.Millisecond, 50*time.Millisecond
		cfg.LeaderLeaseTimeout, cfg.CommitTimeout = 50*time.Millisecond, 5*time.Millisecond
		cfg.LogOutput = io.Discard
		snaps := raft.NewInmemSnapshotStore()
		if round == 0 {
			must(t, raft.BootstrapCluster(cfg, l, l, snaps, transport, raft.Configuration{
				Servers: []raft.Server{{ID: "a", Address: transport.LocalAddr()}},
			}))
		}
		j := &journal{}
		r, err := raft.NewRaft(cfg, j, l, l, snaps, transport)
		must(t, err)
		if !<-r.LeaderCh() {
			t.Fatal("no leader")
		}
		for i := range 50 {
			must(t, r.Apply(fmt.Appendf(nil, "round %d entry %d", round, i), 0).Error())
		}
		must(t, r.Shutdown().Error(), l.Close())
		if len(j.applied) != 50*(round+1) {
			t.Fatalf("round %d: %d applied", round, len(j.applied))
		}
		for i, got := range j.applied {
			if want := fmt.Sprintf("round %d entry %d", i/50, i%50); got != want {
				t.Fatalf("%q, want %q", got, want)
			}
		}
		fsys = fsys.CrashClone()
	}
}
