package tail

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/freshetdb/freshet/columnar/table"
)

// forget drops the positions of generations of which nothing has been left in the
// folder for forgetAfter: neither their file nor one with the same first line,
// plain or gzipped, which would be read again without the position. A folder
// without any file of the pattern may be one that is not mounted: nothing counts
// as gone then.
func (f *Follower) forget(ctx context.Context, d *table.Def, files []logFile) error {
	now := f.now()
	if now.Sub(f.looked) < forgetEvery {
		return nil
	}
	f.looked = now
	if !slices.ContainsFunc(files, func(l logFile) bool { return l.matches }) {
		return nil
	}
	prints, err := f.fingerprints(files)
	if err != nil {
		return err
	}
	var keys []string
	left := make([]*generation, 0, len(f.known))
	for _, g := range f.known {
		switch {
		case g.named || g.text != nil || prints[g.key.print]:
			g.gone = time.Time{}
		case g.gone.IsZero():
			g.gone = now
		case now.Sub(g.gone) >= forgetAfter:
			keys = append(keys, g.key.String())
			continue
		}
		left = append(left, g)
	}
	if len(keys) == 0 {
		return nil
	}
	if err := f.sink.Forget(ctx, d, f.source, keys); err != nil {
		return fmt.Errorf("forget %d log files that are gone: %w", len(keys), err)
	}
	f.known = left
	f.log.Info("positions of log files that are gone are forgotten", "files", len(keys))
	return nil
}

// fingerprints are those of all files of the folder that are of interest.
func (f *Follower) fingerprints(files []logFile) (map[uint64]bool, error) {
	out := make(map[uint64]bool, len(files))
	for _, file := range files {
		line, err := firstLine(f.fs, file.path)
		if ignoreGone(err) != nil {
			return nil, err
		}
		if line != nil {
			out[fingerprint(line)] = true
		}
	}
	return out, nil
}
