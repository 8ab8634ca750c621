package fanout_test

import (
	"context"
	"fmt"
	"path"
	"sync"
	"testing"

	"github.com/freshetdb/freshet/cluster/fanout"
	"github.com/freshetdb/freshet/columnar/vfs"
	"github.com/freshetdb/freshet/query/engine"
)

// detail is four days of events on a disk, 4 million of them.
func detail(b *testing.B) (*fanout.Cluster, *engine.Engine) {
	b.Helper()
	c, err := fanout.Open(b.Context(), fanout.Config{FS: vfs.OS{}, Dir: path.Join(b.TempDir(), "data")})
	must(b, err)
	cfg := engine.DefaultConfig()
	cfg.MaxQueries = 1000
	e := engine.New(cfg, c)
	do := func(sql string) {
		_, _, err := ask(b.Context(), e, sql, nil)
		must(b, err)
	}
	do("CREATE TABLE e (ts DateTime('UTC'), user String, page String, v UInt32) ENGINE = MergeTree PARTITION BY toDate(ts) ORDER BY (page, ts)")
	for day := range 4 {
		do(fmt.Sprintf("INSERT INTO e SELECT toDateTime(%d + intDiv(number * 864, 10000), 'UTC'), concat('u', toString(number * 7919 %% 100003)), concat('p', toString(number * number %% 997)), number %% 1000 FROM numbers(1000000)",
			firstDay+86400*day))
		must(b, c.Maintain(b.Context(), engine.Maintenance{Flush: true, Merge: true}))
	}
	return c, e
}

const dashboard = "SELECT toStartOfHour(ts) AS h, count(), uniqExact(user), sum(v) FROM e WHERE toDate(ts) = '2024-03-03' GROUP BY h ORDER BY h"

// BenchmarkClientsAtOnce is one panel for a hundred clients at the same moment, after
// rows came.
func BenchmarkClientsAtOnce(b *testing.B) {
	c, e := detail(b)
	for _, use := range []string{"0", "1"} {
		b.Run("use_query_cache="+use, func(b *testing.B) {
			for n := 0; b.Loop(); n++ {
				_, _, err := ask(b.Context(), e, fmt.Sprintf("INSERT INTO e VALUES (%d, 'u1', 'p1', %d)", firstDay+2*86400+3600, n), nil)
				must(b, err)
				var wg sync.WaitGroup
				for range 100 {
					wg.Go(func() {
						if _, _, err := ask(context.Background(), e, dashboard, engine.Settings{"use_query_cache": use}); err != nil {
							b.Error(err)
						}
					})
				}
				wg.Wait()
			}
		})
	}
	must(b, c.Close())
}

// BenchmarkWhileRowsCome is a panel that is asked again after each insert of now: one
// about an earlier day, and one over all days.
func BenchmarkWhileRowsCome(b *testing.B) {
	c, e := detail(b)
	for name, sql := range map[string]string{
		"earlier day": dashboard,
		"all days":    "SELECT toDate(ts) AS d, count(), uniqExact(user), sum(v) FROM e GROUP BY d ORDER BY d",
		"top pages":   "SELECT page, count() AS n, uniqExact(user) FROM e GROUP BY page ORDER BY n DESC LIMIT 10",
		"one number":  "SELECT uniqExact(user) FROM e",
	} {
		for _, use := range []string{"0", "1"} {
			b.Run(name+"/use_query_cache="+use, func(b *testing.B) {
				for range 3 { // The groups of segments are kept from the second time on.
					_, _, err := ask(b.Context(), e, sql, engine.Settings{"use_query_cache": use})
					must(b, err)
				}
				for n := 0; b.Loop(); n++ {
					b.StopTimer()
					_, _, err := ask(b.Context(), e, fmt.Sprintf("INSERT INTO e VALUES (%d, 'u1', 'p1', %d)", firstDay+5*86400+n, n), nil)
					must(b, err)
					b.StartTimer()
					_, _, err = ask(b.Context(), e, sql, engine.Settings{"use_query_cache": use})
					must(b, err)
				}
			})
		}
	}
	must(b, c.Close())
}

// BenchmarkSameAnswer is a panel that is asked again and again over rows that stay as
// they are: what a hit costs.
func BenchmarkSameAnswer(b *testing.B) {
	c, e := detail(b)
	for b.Loop() {
		_, _, err := ask(b.Context(), e, dashboard, nil)
		must(b, err)
	}
	must(b, c.Close())
}
