package bench

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"github.com/freshetdb/freshet/bench/gen"
	"github.com/freshetdb/freshet/bench/peer"
	"github.com/freshetdb/freshet/bench/report"
	"github.com/freshetdb/freshet/bench/work"
)

// dataset is a table of generated rows and the questions about it.
type dataset struct {
	work, table, format string
	rows                int64
	block               func(rows int64) func() gen.Block
	layout              func(peer.Kind) work.Layout
	questions           []work.Question
}

// The public benchmarks are run on this many rows at most.
const datasetRows = 1_000_000

func datasets(rows int64) []dataset {
	rows = min(rows, datasetRows)
	return []dataset{
		{
			"clickbench", "hits", "TSV", rows,
			func(rows int64) func() gen.Block {
				return func() gen.Block { return gen.Lines(gen.NewHits(1, rows).TSV) }
			},
			work.Hits, work.ClickBench(),
		},
		{
			"ssb", "lineorder_flat", "CSV", rows,
			func(rows int64) func() gen.Block {
				return func() gen.Block { return gen.Lines(gen.NewFlat(1, rows).CSV) }
			},
			work.Flat, work.StarSchema(),
		},
	}
}

// dataset loads the rows everywhere and asks the questions.
func (r *run) dataset(ctx context.Context, d dataset) (err error) {
	path := filepath.Join(r.Dir, d.table)
	out, err := os.Create(path)
	if err != nil {
		return fmt.Errorf("make the file of rows: %w", err)
	}
	if err := errors.Join(gen.Stream(ctx, out, 0, d.rows, runtime.NumCPU(), d.block(d.rows)), out.Close()); err != nil {
		return err
	}
	f, err := r.start(ctx, d.work+"-freshet")
	if err != nil {
		return err
	}
	all := []*contender{{System: f, plain: report.Freshet, expert: report.FreshetExpert}}
	defer func() {
		for _, c := range all {
			err = errors.Join(err, c.Close())
		}
	}()
	peers, err := r.peers(ctx, d.work)
	all = append(all, peers...)
	if err != nil {
		return err
	}
	for _, c := range all {
		from := time.Now()
		if err := d.load(ctx, c, path); err != nil {
			return fmt.Errorf("load %s: %w", c.plain, err)
		}
		r.say("%s loaded in %.1f s", c.plain, time.Since(from).Seconds())
	}
	return r.questions(ctx, d.questions, all)
}

func (d dataset) load(ctx context.Context, c *contender, path string) error {
	layout := d.layout(c.Kind())
	if _, err := c.Ask(ctx, layout.Table); err != nil {
		return err
	}
	var err error
	if s, ok := c.System.(*peer.Server); ok {
		err = insertFile(ctx, s, d.table, d.format, path)
	} else {
		_, err = c.Ask(ctx, d.fromFile(c.Kind(), path))
	}
	if err != nil {
		return err
	}
	return merge(ctx, c, layout.Tables)
}

func (d dataset) fromFile(k peer.Kind, path string) string {
	if k == peer.ClickHouse {
		return fmt.Sprintf("INSERT INTO %s SELECT * FROM file('%s', %s)", d.table, path, d.format)
	}
	delimiter := ","
	if d.format == "TSV" {
		delimiter = "\\t"
	}
	return fmt.Sprintf("INSERT INTO %s SELECT * FROM read_csv('%s', delim = '%s', header = false, quote = '', escape = '', nullstr = '\\N', all_varchar = true)",
		d.table, path, delimiter)
}
