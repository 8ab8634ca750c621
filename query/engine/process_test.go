package engine_test

import (
	"testing"

	"github.com/freshetdb/freshet/columnar/chcode"
	"github.com/freshetdb/freshet/query/engine"
)

// TestEndLargest ends statements that would run for hours, wherever they spend their time.
func TestEndLargest(t *testing.T) {
	e := engine.New(engine.DefaultConfig(), newMemory())
	why := chcode.Errorf(chcode.MemoryLimitExceeded, "Memory limit exceeded")
	for _, sql := range []string{
		"SELECT sum(sipHash64(number)) FROM numbers(1000000000000)",
		"SELECT uniqExact(number % 100, 1) FROM numbers(1000000000000)",
		"SELECT count() FROM numbers(1000000) AS a CROSS JOIN numbers(1000000) AS b",
		"SELECT count() FROM numbers(1000000) AS a INNER JOIN numbers(1000000) AS b ON a.number % 2 = b.number % 2",
		"SELECT max(r) FROM (SELECT row_number() OVER (PARTITION BY number % 3) AS r FROM numbers(1000000000000) WHERE number < 100)",
		"SELECT number % 10 AS k FROM numbers(1000000000000) ORDER BY k, number LIMIT 3",
		"SELECT DISTINCT number % 10 FROM numbers(1000000000000)",
	} {
		done := make(chan error)
		go func() {
			_, err := target{e}.Exec(t.Context(), "default", sql)
			done <- err
		}()
		for {
			rows, err := target{e}.Exec(t.Context(), "default", "SELECT max(read_rows) > 1000000 FROM system.processes")
			if err != nil {
				t.Fatal(err)
			}
			if rows == "1\n" {
				break
			}
		}
		if _, ended := e.EndLargest(why); !ended {
			t.Errorf("%s: nothing to end", sql)
		}
		if err, ok := (<-done).(coded); !ok || chcode.Of(err.error) != chcode.MemoryLimitExceeded { //nolint:errorlint // it is the target's own
			t.Errorf("%s: %v", sql, err)
		}
		if id, ok := e.EndLargest(why); ok {
			t.Errorf("%s is still there", id)
		}
	}
}
