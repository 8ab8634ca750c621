package bench

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/freshetdb/freshet/bench/peer"
	"github.com/freshetdb/freshet/bench/report"
	"github.com/freshetdb/freshet/bench/work"
)

// The floors of W7, bytes an event: of the layout that the speeds are measured with, and of partitions that got cold.
const (
	hotBytesMax  = 38
	lz4BytesMax  = 23
	zstdBytesMax = 16
)

// zstdCopy is the table as an expert who wants it small would have it in ClickHouse.
const zstdCopy = `CREATE TABLE detail_zstd (ts DateTime CODEC(Delta, ZSTD(1)), content_id String CODEC(ZSTD(1)), author_id String CODEC(ZSTD(1)),
  user_id String CODEC(ZSTD(1)), province LowCardinality(String) CODEC(ZSTD(1)), city LowCardinality(String) CODEC(ZSTD(1)),
  channel LowCardinality(String) CODEC(ZSTD(1)), app_version LowCardinality(String) CODEC(ZSTD(1)), os LowCardinality(String) CODEC(ZSTD(1)),
  action LowCardinality(String) CODEC(ZSTD(1)), duration_ms UInt32 CODEC(ZSTD(1)), amount Decimal(12, 2) CODEC(ZSTD(1)))
ENGINE = MergeTree PARTITION BY toDate(ts) ORDER BY (toDate(ts), toStartOfMinute(ts), content_id)`

// storage is W7: the bytes of a merged table, before anything else is made of it.
func (r *run) storage(ctx context.Context, c *contender, data string) error {
	if !r.wants("W7") {
		return nil
	}
	switch c.Kind() {
	case peer.Freshet:
		if err := r.freshetStorage(ctx, c); err != nil {
			return err
		}
		return r.coldStorage(ctx, data)
	case peer.DuckDB:
		return r.stored(c.plain, "detail", func() (int64, error) { return peer.BytesOn(c.Dir()) })
	default:
		return r.clickHouseStorage(ctx, c)
	}
}

func (r *run) clickHouseStorage(ctx context.Context, c *contender) error {
	parts := func(table string) func() (int64, error) {
		return func() (int64, error) {
			return number(ctx, c, "SELECT sum(bytes_on_disk) FROM system.parts WHERE active AND database = currentDatabase() AND table = '"+table+"'")
		}
	}
	if err := r.stored(c.plain, "detail, LZ4", parts("detail")); err != nil {
		return err
	}
	for _, sql := range []string{zstdCopy, "INSERT INTO detail_zstd SELECT * FROM detail", "OPTIMIZE TABLE detail_zstd FINAL"} {
		if _, err := c.Ask(ctx, sql); err != nil {
			return err
		}
	}
	if err := r.stored(c.plain, "detail, ZSTD(1) and Delta", parts("detail_zstd")); err != nil {
		return err
	}
	_, err := c.Ask(ctx, "DROP TABLE detail_zstd SYNC")
	return err
}

// tableBytes are those of a merged table of Freshet; dictionaries belong to the shards, not to parts.
type tableBytes struct{ segments, dictionaries int64 }

func (r *run) bytesOf(ctx context.Context, c *contender) (b tableBytes, err error) {
	b.segments, err = number(ctx, c, "SELECT sum(bytes_on_disk) FROM system.parts WHERE active AND database = currentDatabase() AND table = 'detail'")
	if err != nil {
		return b, err
	}
	folders, err := filepath.Glob(filepath.Join(c.Dir(), "shard-*", "store", "dictionaries"))
	if err != nil {
		return b, fmt.Errorf("find the dictionaries: %w", err)
	}
	for _, dir := range folders {
		n, err := peer.BytesOn(dir)
		if err != nil {
			return b, fmt.Errorf("measure the dictionaries: %w", err)
		}
		b.dictionaries += n
	}
	if len(folders) == 0 {
		r.note("W7: the dictionaries of %s are not on this machine and not counted", c.plain)
	}
	return b, nil
}

func (r *run) freshetStorage(ctx context.Context, c *contender) error {
	b, err := r.bytesOf(ctx, c)
	if err != nil {
		return err
	}
	r.add(report.Storage{System: c.plain, Layout: "segments alone", Bytes: b.segments})
	r.add(report.Storage{System: c.plain, Layout: "dictionaries", Bytes: b.dictionaries})
	r.add(report.Storage{System: c.plain, Layout: "hot: segments and dictionaries", Bytes: b.segments + b.dictionaries, Floor: hotBytesMax})
	return nil
}

// coldStorage loads the same rows into nodes that compress a partition as soon as no rows come, by each codec, and
// counts the bytes when all is compressed.
func (r *run) coldStorage(ctx context.Context, data string) error {
	if r.URL != "" {
		r.note("W7: cold layouts are left out, when a running node compresses can't be chosen")
		return nil
	}
	for _, cold := range []struct {
		codec string
		most  float64
	}{{"lz4", lz4BytesMax}, {"zstd", zstdBytesMax}} {
		if err := r.part("cold "+cold.codec, func() error { return r.coldBytes(ctx, cold.codec, cold.most, data) }); err != nil {
			return err
		}
	}
	return nil
}

func (r *run) coldBytes(ctx context.Context, codec string, most float64, data string) (err error) {
	name := "cold-" + codec
	node, err := r.start(ctx, name, "--cold-after", "1s", "--cold-codec", codec)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, node.Close(), os.RemoveAll(filepath.Join(r.Dir, name))) }()
	c := &contender{System: node, plain: report.Freshet, expert: report.FreshetExpert}
	if err := r.loadOne(ctx, c, work.Events(peer.Freshet), data); err != nil {
		return err
	}
	b, err := r.waitCold(ctx, c)
	if err != nil {
		return err
	}
	r.add(report.Storage{System: c.plain, Layout: "cold, " + codec + ": segments and dictionaries", Bytes: b.segments + b.dictionaries, Floor: most})
	r.note("W7 cold, %s: dictionaries are %.2f bytes an event", codec, float64(b.dictionaries)/float64(r.Rows))
	return r.columnBytes(ctx, c, codec)
}

// A node looks for what is cold once a minute, and after each flush: one is made every second. The bytes must stay the
// same for coldStill and twice as long as loading took, as one partition is compressed after the other.
const (
	coldStill = 15 * time.Second
	coldMost  = 15 * time.Minute
)

// flushes makes a node flush: a row for a table beside, and a merge of that table, which flushes before.
func flushes() []string {
	return []string{"CREATE TABLE IF NOT EXISTS beside (a UInt8) ENGINE = MergeTree ORDER BY a", "INSERT INTO beside VALUES (1)", "OPTIMIZE TABLE beside FINAL"}
}

// waitCold waits until the bytes of the table stay the same.
func (r *run) waitCold(ctx context.Context, c *contender) (last tableBytes, err error) {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	began, changed := time.Now(), time.Now()
	for time.Since(changed) < coldStill+time.Duration(2*c.info.LoadS*float64(time.Second)) {
		for _, sql := range flushes() {
			if _, err := c.Ask(ctx, sql); err != nil {
				return last, err
			}
		}
		b, err := r.bytesOf(ctx, c)
		switch {
		case err != nil:
			return b, err
		case b != last:
			last, changed = b, time.Now()
		}
		if time.Since(began) > coldMost {
			return b, fmt.Errorf("the bytes still change after %v", coldMost)
		}
		select {
		case <-ctx.Done():
			return last, ctx.Err()
		case <-tick.C:
		}
	}
	return last, nil
}

// columnBytes notes the largest columns, which is where to look when a floor is missed.
func (r *run) columnBytes(ctx context.Context, c *contender, codec string) error {
	a, err := c.Ask(ctx, "SELECT name, data_compressed_bytes FROM system.columns WHERE database = currentDatabase() AND table = 'detail' "+
		"ORDER BY data_compressed_bytes DESC LIMIT 12")
	if err != nil {
		return err
	}
	var list []string
	for line := range strings.Lines(a.Text) {
		name, bytes, _ := strings.Cut(strings.TrimSpace(line), "\t")
		n, err := strconv.ParseFloat(bytes, 64)
		if err != nil {
			return fmt.Errorf("bytes of %s: %w", name, err)
		}
		list = append(list, fmt.Sprintf("%s %.2f", name, n/float64(r.Rows)))
	}
	r.note("W7 %s, bytes an event by column: %s", codec, strings.Join(list, ", "))
	return nil
}

func (r *run) stored(system, layout string, bytes func() (int64, error)) error {
	n, err := bytes()
	if err != nil {
		return err
	}
	r.add(report.Storage{System: system, Layout: layout, Bytes: n})
	return nil
}

func (r *run) add(s report.Storage) {
	s.PerRow = float64(s.Bytes) / float64(r.Rows)
	r.report.Storage = append(r.report.Storage, s)
	r.say("W7 %s, %s: %.1f bytes an event", s.System, s.Layout, s.PerRow)
}

// number asks for one number.
func number(ctx context.Context, s peer.System, sql string) (int64, error) {
	a, err := s.Ask(ctx, sql)
	if err != nil {
		return 0, err
	}
	n, err := strconv.ParseInt(strings.TrimSpace(a.Text), 10, 64)
	if err != nil {
		return 0, fmt.Errorf("%s: no number: %w", sql, err)
	}
	return n, nil
}
