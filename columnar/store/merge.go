package store

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sort"

	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/manifest"
	"github.com/freshetdb/freshet/columnar/merge"
	"github.com/freshetdb/freshet/columnar/segment"
	"github.com/freshetdb/freshet/columnar/table"
	"github.com/freshetdb/freshet/index/rowset"
)

// mergeJob is segments of a table that are about to become fewer.
type mergeJob struct {
	merge.Job
	id     uint64
	table  *table.Table
	view   *table.View
	keys   *table.Keys
	inputs []*table.Segment // in the order of Job.Inputs; their files are held
	dead   []rowset.Set     // of each input, when the job was made
}

// MergeOnce makes the merge that is worth most, if any is; did tells whether
// there was one. It may be called from any goroutine.
func (s *Store) MergeOnce(ctx context.Context) (did bool, err error) {
	s.mergeMu.Lock()
	defer s.mergeMu.Unlock()
	j, err := s.pickMerge()
	if j == nil || err != nil {
		return false, err
	}
	return true, s.merge(ctx, j)
}

// OptimizeTable merges the rows of a partition that are flushed, or of each
// partition when it is "", into one segment.
func (s *Store) OptimizeTable(ctx context.Context, id uint64, partition string) error {
	s.mergeMu.Lock()
	defer s.mergeMu.Unlock()
	for _, jobsOf := range []func(*table.Table) []merge.Job{splitAll, mergeAll(partition)} {
		jobs, err := s.tableJobs(id, jobsOf)
		errs := []error{err}
		for _, j := range jobs {
			errs = append(errs, s.merge(ctx, j))
		}
		if err := errors.Join(errs...); err != nil {
			return err
		}
	}
	return nil
}

// tableJobs makes jobs for a table; none when it is not there.
func (s *Store) tableJobs(id uint64, jobsOf func(*table.Table) []merge.Job) ([]*mergeJob, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	t := s.tables[id]
	if err := s.usable(); t == nil || err != nil {
		return nil, err
	}
	var jobs []*mergeJob
	for _, j := range jobsOf(t) {
		jobs = append(jobs, s.newMergeJob(id, t, j))
	}
	return jobs, nil
}

// splitAll is the job that splits all mixed segments.
func splitAll(t *table.Table) []merge.Job {
	metas := slices.DeleteFunc(mergeable(t), func(m segment.Meta) bool { return !m.Mixed })
	if len(metas) == 0 {
		return nil
	}
	return []merge.Job{{Split: true, Inputs: metas}}
}

// mergeAll is the jobs that leave one segment of each partition, or of one.
func mergeAll(partition string) func(*table.Table) []merge.Job {
	return func(t *table.Table) []merge.Job {
		var jobs []merge.Job
		for _, m := range mergeable(t) {
			if m.Mixed || (partition != "" && m.Partition != partition) {
				continue
			}
			k := slices.IndexFunc(jobs, func(j merge.Job) bool { return j.Partition == m.Partition })
			if k < 0 {
				k = len(jobs)
				jobs = append(jobs, merge.Job{Partition: m.Partition})
			}
			jobs[k].Inputs = append(jobs[k].Inputs, m)
		}
		return slices.DeleteFunc(jobs, func(j merge.Job) bool { return len(j.Inputs) < 2 })
	}
}

// mergeable are the segments of a table that may be merged now, in the order of
// the log: those that the manifest has as they are.
func mergeable(t *table.Table) []segment.Meta {
	if t.DurableVersion != t.Def.Schema.Version {
		return nil // The next flush puts the new schema into the manifest.
	}
	var out []segment.Meta
	for _, g := range t.Segments {
		if isSettled(g) {
			out = append(out, g.File.Meta())
		}
	}
	sort.Slice(out, func(i, j int) bool {
		a, b := &out[i], &out[j]
		return cmp.Or(cmp.Compare(a.FirstIndex, b.FirstIndex), cmp.Compare(a.Name, b.Name)) < 0
	})
	return out
}

// isSettled tells whether the manifest has a live segment as one, with the rows
// dead that are dead now.
func isSettled(g *table.Segment) bool {
	return g.Active && g.Dead.Count() == g.Durable.Count()
}

// pickMerge takes the smallest job of all tables; nil when there is none.
func (s *Store) pickMerge() (*mergeJob, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.usable(); err != nil {
		return nil, err
	}
	var best merge.Job
	var of uint64
	for _, id := range slices.Sorted(maps.Keys(s.tables)) {
		t := s.tables[id]
		metas := mergeable(t)
		jobs := merge.Pick(metas, s.mergeLimits(t), s.restOf(id, t, metas))
		if len(jobs) == 0 && len(metas) > 0 && t.Rolled != nil {
			t.Rolled.IsFresh = false
		}
		if len(jobs) > 0 && (best.Inputs == nil || jobs[0].Bytes() < best.Bytes()) {
			best, of = jobs[0], id
		}
	}
	if best.Inputs == nil {
		return nil, nil //nolint:nilnil // Nothing to do is no error.
	}
	return s.newMergeJob(of, s.tables[of], best), nil
}

// mergeLimits are those for a table. A rollup that is being filled answers nothing yet.
func (s *Store) mergeLimits(t *table.Table) merge.Limits {
	if t.Merging == nil || (t.Rolled != nil && len(t.Rolled.Pending) > 0) {
		return s.opts.Merge
	}
	return s.opts.Merge.Folding()
}

// newMergeJob takes references to the inputs of a job.
func (s *Store) newMergeJob(id uint64, t *table.Table, j merge.Job) *mergeJob {
	out := &mergeJob{Job: j, id: id, table: t, view: t.View(), keys: t.Keys}
	for _, m := range j.Inputs {
		k := slices.IndexFunc(t.Segments, func(g *table.Segment) bool { return g.Name() == m.Name })
		g := t.Segments[k]
		g.File.Acquire()
		out.inputs, out.dead = append(out.inputs, g), append(out.dead, g.Dead)
	}
	return out
}

// merge runs a job and puts what comes out in the place of its inputs.
func (s *Store) merge(ctx context.Context, j *mergeJob) error {
	defer func() {
		for _, g := range j.inputs {
			s.note(g.File.Release())
		}
	}()
	outputs, err := s.runMerge(ctx, j)
	if err != nil {
		return fmt.Errorf("merge %d segments of %s: %w", len(j.inputs), j.view.Def.FullName(), err)
	}
	return s.commitMerge(j, outputs)
}

// runMerge writes and opens the outputs.
func (s *Store) runMerge(ctx context.Context, j *mergeJob) ([]*table.Segment, error) {
	inputs := make([]merge.Input, len(j.inputs))
	for i, g := range j.inputs {
		r, err := j.view.Reader(g.File)
		if err != nil {
			return nil, err
		}
		defer r.Close()
		inputs[i] = merge.Input{Source: r, Deleted: j.dead[i]}
	}
	opts := s.mergeOptions(j.id, j.view, j.keys, merge.TagsOf(&j.Job))
	if j.Split {
		opts.Partition = j.keys.Names
	}
	if j.Cold {
		opts.Codec, opts.BatchRows = cmp.Or(s.opts.ColdCodec, segment.LZ4), segment.BatchRowsPoint
	}
	metas, err := merge.Run(ctx, inputs, opts)
	if err != nil {
		return nil, err
	}
	return s.openAll(metas)
}

// mergeOptions are the options of a merge of rows of a table.
func (s *Store) mergeOptions(id uint64, v *table.View, keys *table.Keys, tags segment.Tags) merge.Options {
	stored := segment.Stored(&v.Def.Schema)
	return merge.Options{
		Schema: &v.Def.Schema, Key: keys.Sort, Tags: tags,
		Place: func() segment.Place { return s.segment(id, s.file()) },
		Merge: v.Merging, Dicts: func(place int) []batch.Dictionary { return v.StateDicts(stored[place].ID) },
	}
}

// openAll opens segments that were written; after an error none of them is left.
func (s *Store) openAll(metas []segment.Meta) ([]*table.Segment, error) {
	var out []*table.Segment
	for i := range metas {
		f, err := segment.Open(s.named(metas[i].Name), &metas[i])
		if err != nil {
			errs := []error{err}
			for _, m := range metas[i:] {
				errs = append(errs, segment.Remove(s.named(m.Name)))
			}
			return nil, errors.Join(append(errs, discard(out))...)
		}
		out = append(out, &table.Segment{File: f, Active: true})
	}
	return out, nil
}

// discard deletes segments that nobody has seen.
func discard(list []*table.Segment) error {
	var errs []error
	for _, g := range list {
		g.File.Drop()
		errs = append(errs, g.File.Release())
	}
	return errors.Join(errs...)
}

// commitMerge makes the outputs durable in the place of the inputs, at the index
// that the manifest has, and then live. When an input is not as it was, the
// outputs are dropped: that is no error, a later merge will take what is left.
func (s *Store) commitMerge(j *mergeJob, outputs []*table.Segment) error {
	return s.commitOutputs(outputs, func() (*manifest.Manifest, error) { return s.swap(j, outputs) })
}

// commitOutputs makes new segments live by swap, which gives the manifest that has
// them; nil when they came too late, and they are dropped.
func (s *Store) commitOutputs(outputs []*table.Segment, swap func() (*manifest.Manifest, error)) error {
	s.durableMu.Lock()
	defer s.durableMu.Unlock()
	m, err := swap()
	switch {
	case err != nil:
		s.leaveBehind(outputs)
		return err
	case m == nil:
		return discard(outputs)
	default:
		s.collect(m)
		return nil
	}
}

// swap holds mu while the manifest is written, so that no row dies meanwhile; it
// gives nil when the merge is void.
func (s *Store) swap(j *mergeJob, outputs []*table.Segment) (*manifest.Manifest, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.isClosed || s.tables[j.id] != j.table {
		return nil, nil //nolint:nilnil // The merge is void.
	}
	for i, g := range j.inputs {
		if !slices.Contains(j.table.Segments, g) || !isSettled(g) || g.Dead.Count() != j.dead[i].Count() {
			return nil, nil //nolint:nilnil // The merge is void.
		}
	}
	m := replaced(s.durable, j, outputs)
	m.NextFile = s.nextFile
	if err := s.storeManifest(m); err != nil {
		return nil, err
	}
	s.durable = m
	t := j.table
	s.moved(t)
	t.Segments = slices.DeleteFunc(slices.Clone(t.Segments), func(g *table.Segment) bool { return slices.Contains(j.inputs, g) })
	t.Segments = append(t.Segments, outputs...)
	s.retire(j.inputs...)
	s.publish()
	return m, nil
}

// replaced is a manifest that has the outputs of a job in the place of its
// inputs.
func replaced(m *manifest.Manifest, j *mergeJob, outputs []*table.Segment) *manifest.Manifest {
	c := *m
	c.Tables = slices.Clone(m.Tables)
	e := c.Table(j.id)
	isInput := map[string]bool{}
	for _, g := range j.inputs {
		isInput[g.Name()] = true
	}
	e.Segments = slices.DeleteFunc(slices.Clone(e.Segments), func(x manifest.Segment) bool { return isInput[x.Name] })
	for _, g := range outputs {
		e.Segments = append(e.Segments, manifest.Segment{Meta: g.File.Meta()})
	}
	return &c
}
