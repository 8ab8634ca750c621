package report

import (
	"bufio"
	"fmt"
	"io"
)

// Diff writes what changed from an earlier run to a later one: Freshet's time of
// each question, and whether the ranges of the two medians are apart. Runs on
// different machines, or of other numbers of rows, do not compare.
func Diff(w io.Writer, old, now *Report) error {
	m := &markdown{bufio.NewWriter(w)}
	if old.Rows != now.Rows || old.Machine.CPU != now.Machine.CPU || old.Machine.Cores != now.Machine.Cores {
		return fmt.Errorf("the runs do not compare: %d events on %s (%d cores) and %d events on %s (%d cores)",
			old.Rows, old.Machine.CPU, old.Machine.Cores, now.Rows, now.Machine.CPU, now.Machine.Cores)
	}
	const minute = "2006-01-02 15:04"
	m.note("From " + old.Started.UTC().Format(minute) + " to " + now.Started.UTC().Format(minute) +
		". \"Faster\" and \"slower\" only where the ranges of the medians are apart.")
	t := table{{"work", "question", "system", "before ms", "after ms", "before by after", ""}}
	for i := range now.Answers {
		a := &now.Answers[i]
		before := old.answer(a.Work, a.Name)
		if before == nil {
			continue
		}
		for _, c := range Contestants() {
			x, had := before.Times[c]
			y, has := a.Times[c]
			if had && has && x.MS.Median > 0 && y.MS.Median > 0 {
				t.row(a.Work, a.Name, c, between(x.MS), between(y.MS), fixed(x.MS.Median/y.MS.Median, 2)+"x", verdict(x.MS, y.MS))
			}
		}
	}
	for n := range now.Ingest {
		for k := range old.Ingest {
			i, j := &now.Ingest[n], &old.Ingest[k]
			if i.System == j.System && i.Batch == j.Batch && i.Rollups == j.Rollups && i.Fsync == j.Fsync && j.RowsS.Median > 0 {
				// Rates: more is better, so the later one stands where a time's earlier one does.
				t.row("W1", "batches of "+thousands(int64(i.Batch))+with(i.Rollups, rollups), i.System, thousands(int64(j.RowsS.Median))+"/s",
					thousands(int64(i.RowsS.Median))+"/s", fixed(i.RowsS.Median/j.RowsS.Median, 2)+"x", verdict(i.RowsS, j.RowsS))
			}
		}
	}
	m.table(t)
	if err := m.b.Flush(); err != nil {
		return fmt.Errorf("write the comparison: %w", err)
	}
	return nil
}

func between(s Spread) string {
	return short(s.Median) + " (" + short(s.Low) + " to " + short(s.High) + ")"
}

// answer is the one of a name, nil if there is none.
func (r *Report) answer(work, name string) *Answer {
	for i := range r.Answers {
		if a := &r.Answers[i]; a.Work == work && a.Name == name {
			return a
		}
	}
	return nil
}

// verdict compares the ranges of two medians, of which less is better.
func verdict(before, after Spread) string {
	switch {
	case after.High < before.Low:
		return "faster"
	case after.Low > before.High:
		return "slower"
	default:
		return ""
	}
}
