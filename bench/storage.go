package bench

import (
	"context"
	"fmt"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/freshetdb/freshet/bench/peer"
	"github.com/freshetdb/freshet/bench/report"
)

// hotBytesMax is the floor of W7 for the layout that the speeds are measured with.
const hotBytesMax = 38

// zstdCopy is the table as an expert who wants it small would have it in ClickHouse.
const zstdCopy = `CREATE TABLE detail_zstd (ts DateTime CODEC(Delta, ZSTD(1)), content_id String CODEC(ZSTD(1)), author_id String CODEC(ZSTD(1)),
  user_id String CODEC(ZSTD(1)), province LowCardinality(String) CODEC(ZSTD(1)), city LowCardinality(String) CODEC(ZSTD(1)),
  channel LowCardinality(String) CODEC(ZSTD(1)), app_version LowCardinality(String) CODEC(ZSTD(1)), os LowCardinality(String) CODEC(ZSTD(1)),
  action LowCardinality(String) CODEC(ZSTD(1)), duration_ms UInt32 CODEC(ZSTD(1)), amount Decimal(12, 2) CODEC(ZSTD(1)))
ENGINE = MergeTree PARTITION BY toDate(ts) ORDER BY (toDate(ts), toStartOfMinute(ts), content_id)`

// storage is W7: the bytes of a merged table, before anything else is made of it.
func (r *run) storage(ctx context.Context, c *contender) error {
	if !r.wants("W7") {
		return nil
	}
	switch c.Kind() {
	case peer.Freshet:
		return r.freshetStorage(ctx, c)
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
