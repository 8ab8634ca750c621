package vfs

import (
	"maps"
	"math/rand/v2"
	"slices"
)

// sectorSize is what a disk writes whole or not at all.
const sectorSize = 512

// CrashClone returns the file system that a restart finds if the power fails
// now and nothing is kept that was not made durable: content as of the last
// Sync of each file, names as of the last SyncDir of each folder. The clone
// shares nothing with m that either can change.
func (m *Mem) CrashClone() *Mem {
	return m.crashClone(nil)
}

// CrashCloneTorn is CrashClone, but of what was not made durable some is kept,
// as a real disk does: changes of names each or not, files at their old or new
// length, changed content by page or by sector. The same seed and the same
// history keep the same.
func (m *Mem) CrashCloneTorn(seed uint64) *Mem {
	return m.crashClone(rand.New(rand.NewPCG(seed, seed^0x9e3779b97f4a7c15)))
}

// crash is one cloning; chance is nil when nothing unsynced is kept.
type crash struct {
	chance *rand.Rand
	done   map[*memNode]*memNode
}

func (m *Mem) crashClone(chance *rand.Rand) *Mem {
	m.mu.Lock()
	defer m.mu.Unlock()
	c := crash{chance: chance, done: map[*memNode]*memNode{}}
	return &Mem{
		root:      c.node(m.root),
		inodes:    m.inodes,
		clock:     m.clock,
		lockHolds: map[*memNode]struct{}{},
	}
}

func (c *crash) node(n *memNode) *memNode {
	if twin := c.done[n]; twin != nil {
		return twin
	}
	twin := &memNode{inode: n.inode, modTime: n.modTime}
	c.done[n] = twin
	if n.dir == nil {
		twin.file = c.content(n.file)
		return twin
	}
	survivors := maps.Clone(n.dir.synced)
	for _, change := range n.dir.pending {
		if c.chance != nil && c.chance.IntN(2) == 0 {
			applyTo(survivors, change)
		}
	}
	entries := make(map[string]*memNode, len(survivors))
	for _, name := range slices.Sorted(maps.Keys(survivors)) {
		entries[name] = c.node(survivors[name])
	}
	twin.dir = &memDir{entries: entries, synced: maps.Clone(entries)}
	return twin
}

func (c *crash) content(f *memContent) *memContent {
	twin := &memContent{pages: slices.Clone(f.syncedPages), size: f.syncedSize}
	if c.chance != nil {
		c.tear(f, twin)
	}
	for _, p := range twin.pages {
		if p != nil && !p.frozen {
			p.frozen = true // Made by tear, so nobody else sees it yet.
		}
	}
	twin.syncedPages, twin.syncedSize = slices.Clone(twin.pages), twin.size
	return twin
}

// tear moves some of the unsynced content of f into twin.
func (c *crash) tear(f, twin *memContent) {
	if c.chance.IntN(2) == 0 {
		twin.truncate(f.size)
	}
	pages := int((twin.size + memPageSize - 1) / memPageSize)
	for i := range min(pages, len(f.pages)) {
		p := f.pages[i]
		if i < len(f.syncedPages) && f.syncedPages[i] == p || i >= len(f.syncedPages) && p == nil {
			continue // Not changed since.
		}
		if p == nil {
			p = &memPage{}
		}
		c.tearPage(p, twin, i)
	}
	// What the file held beyond the length that survived must not show up.
	size := twin.size
	twin.size = int64(len(twin.pages)) * memPageSize
	twin.truncate(size)
}

// tearPage gives page i of twin none, all or some sectors of p.
func (c *crash) tearPage(p *memPage, twin *memContent, i int) {
	all := uint64(1)<<(memPageSize/sectorSize) - 1
	keep := all
	switch c.chance.IntN(4) {
	case 0:
		return
	case 1:
		keep = c.chance.Uint64() & all
	}
	to := twin.writablePage(i)
	for s := range memPageSize / sectorSize {
		if keep>>s&1 == 1 {
			copy(to.data[s*sectorSize:(s+1)*sectorSize], p.data[s*sectorSize:])
		}
	}
}
