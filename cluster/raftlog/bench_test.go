package raftlog_test

import (
	"fmt"
	"testing"

	"github.com/hashicorp/raft"

	"github.com/freshetdb/freshet/cluster/raftlog"
	"github.com/freshetdb/freshet/columnar/vfs"
)

func BenchmarkStore(b *testing.B) {
	for _, size := range []int{1 << 10, 100 << 10, 1 << 20} {
		b.Run(fmt.Sprint(size>>10, "KB"), func(b *testing.B) {
			l, err := raftlog.Open(raftlog.Config{FS: vfs.OS{}, Dir: b.TempDir()})
			must(b, err)
			defer l.Close()
			data := make([]byte, size)
			b.SetBytes(int64(size))
			index := uint64(0)
			for b.Loop() {
				index++
				must(b, l.StoreLog(&raft.Log{Index: index, Data: data}))
			}
		})
	}
}

func BenchmarkReplay(b *testing.B) {
	cfg := raftlog.Config{FS: vfs.OS{}, Dir: b.TempDir()}
	l, err := raftlog.Open(cfg)
	must(b, err)
	const count, size = 500, 200 << 10
	for i := range uint64(count) {
		must(b, l.StoreLog(&raft.Log{Index: i + 1, Data: make([]byte, size)}))
	}
	must(b, l.Close())
	b.SetBytes(count * size)
	for b.Loop() {
		l, err := raftlog.Open(cfg)
		must(b, err)
		for i := range uint64(count) {
			var e raft.Log
			must(b, l.GetLog(i+1, &e))
		}
		must(b, l.Close())
	}
}
