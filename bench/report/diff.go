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
	b := bufio.NewWriter(w)
	m := markdown{b}
	if old.Rows != now.Rows || old.Machine.CPU != now.Machine.CPU || old.Machine.Cores != now.Machine.Cores {
		return fmt.Errorf("the runs do not compare: %d events on %s (%d cores) and %d events on %s (%d cores)",
			old.Rows, old.Machine.CPU, old.Machine.Cores, now.Rows, now.Machine.CPU, now.Machine.Cores)
	}
	m.line("From %s to %s. \"Faster\" and \"slower\" only where the ranges of the medians are apart.", old.Started.UTC().Format("2006-01-02 15:04"),
		now.Started.UTC().Format("2006-01-02 15:04"))
	m.line("")
	m.line("| work | question | system | before ms | after ms | before by after | |")
	m.line("|---|---|---|---|---|---|---|")
	for _, a := range now.Answers {
		before, ok := old.answer(a.Work, a.Name)
		if !ok {
			continue
		}
		for _, c := range Contestants() {
			x, had := before.Times[c]
			y, has := a.Times[c]
			if had && has && x.MS.Median > 0 && y.MS.Median > 0 {
				m.line("| %s | %s | %s | %s (%s to %s) | %s (%s to %s) | %.2fx | %s |", a.Work, a.Name, c, short(x.MS.Median), short(x.MS.Low), short(x.MS.High),
					short(y.MS.Median), short(y.MS.Low), short(y.MS.High), x.MS.Median/y.MS.Median, verdict(x.MS, y.MS))
			}
		}
	}
	for _, i := range now.Ingest {
		for _, j := range old.Ingest {
			if i.System == j.System && i.Batch == j.Batch && i.Rollups == j.Rollups && i.Fsync == j.Fsync && j.RowsS.Median > 0 {
				// Rates: more is better, so the later one stands where a time's earlier one does.
				m.line("| W1 | batches of %s%s | %s | %s/s | %s/s | %.2fx | %s |", thousands(int64(i.Batch)), with(i.Rollups, ", rollups"), i.System,
					thousands(int64(j.RowsS.Median)), thousands(int64(i.RowsS.Median)), i.RowsS.Median/j.RowsS.Median, verdict(i.RowsS, j.RowsS))
			}
		}
	}
	if err := b.Flush(); err != nil {
		return fmt.Errorf("write the comparison: %w", err)
	}
	return nil
}

func (r *Report) answer(work, name string) (Answer, bool) {
	for _, a := range r.Answers {
		if a.Work == work && a.Name == name {
			return a, true
		}
	}
	return Answer{}, false
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
