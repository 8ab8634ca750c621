package engine_test

import (
	"strings"
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

// TestBadSettings names the setting, its value and what is expected.
func TestBadSettings(t *testing.T) {
	for _, x := range []struct{ name, value, want string }{
		{"max_threads", "abc", "Invalid value 'abc' of setting max_threads: it must be a whole number"},
		{"max_memory_usage", "-5", "Invalid value '-5' of setting max_memory_usage: it must be a whole number"},
		{"max_memory_usage", "5i", "Invalid value '5i'"},
		{"max_memory_usage", "5MK", "Invalid value '5MK'"},
		{"max_execution_time", "nan", "Invalid value 'nan' of setting max_execution_time: it must be a number"},
		{"join_use_nulls", "maybe", "it must be 0 or 1"},
		{"totals_mode", "x", "it must be one of 'after_having_exclusive'"},
		{"format_csv_delimiter", "", "it must be one character"},
		{"max_treads", "1", "Unknown setting 'max_treads'. Maybe you meant: ['max_threads']"},
	} {
		err := engine.Settings{}.Set(x.name, x.value)
		if err == nil || !strings.Contains(err.Error(), x.want) {
			t.Errorf("%s = %q: %v", x.name, x.value, err)
		}
	}
	s := engine.Settings{}
	for value, want := range map[string]string{"2Gi": "2147483648", "10G": "10000000000", "007": "7", "18446744073709551615": "9223372036854775807"} {
		if err := s.Set("max_memory_usage", value); err != nil || s["max_memory_usage"] != want {
			t.Errorf("%s is %s, %v", value, s["max_memory_usage"], err)
		}
	}
}
