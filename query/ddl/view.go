package ddl

import (
	"slices"
	"strings"

	"github.com/freshetdb/freshet/columnar/agg"
	"github.com/freshetdb/freshet/columnar/chcode"
	"github.com/freshetdb/freshet/columnar/expr"
	"github.com/freshetdb/freshet/columnar/table"
	"github.com/freshetdb/freshet/columnar/types"
	"github.com/freshetdb/freshet/query/ast"
	"github.com/freshetdb/freshet/query/plan"
)

// View makes the definition of a materialized view from the bound plan of its
// query: a managed rollup, or, with TO, a view that feeds a table.
func (e *Env) View(n *ast.CreateView, query plan.Node) (*table.Def, error) {
	switch {
	case n.Kind != ast.MaterializedView:
		return nil, unsupported("CREATE VIEW that is not MATERIALIZED")
	case n.Refresh != nil:
		return nil, unsupported("REFRESH of a materialized view (it is always up to date)")
	case n.ToInnerUUID != "":
		return nil, unsupported("TO INNER UUID")
	}
	d := &table.Def{UUID: e.UUID, NextColumn: 1, Comment: n.Comment, Created: e.Now.Unix()}
	d.Database, d.Name = e.names(n.Name)
	if table.IsSystem(d.Database) {
		return nil, chcode.Errorf(chcode.AccessDenied, "Tables of database %s belong to the server", d.Database)
	}
	if n.Cluster != nil {
		d.Warnings = append(d.Warnings, "ON CLUSTER "+n.Cluster.Name+": the statement holds for all nodes anyway")
	}
	if n.Definer != nil {
		d.Warnings = append(d.Warnings, "DEFINER and SQL SECURITY have no effect")
	}
	if err := pureQuery(n.Query); err != nil {
		return nil, err
	}
	f, err := flatten(query)
	if err != nil {
		return nil, err
	}
	if f.source.Kind == table.Null && n.To == nil {
		return nil, unsupported("A materialized view without TO over a table that keeps no rows")
	}
	d.Derived = &table.Derived{Query: ast.Format(n.Query), Grouped: f.isGrouped}
	if n.To != nil {
		if n.Populate {
			return nil, chcode.Errorf(chcode.BadArguments,
				"A materialized view has either TO or POPULATE: insert the past into %s with INSERT … SELECT", ast.Format(n.To))
		}
		return d, e.viewTo(d, n, f)
	}
	if !f.isGrouped {
		return nil, chcode.Errorf(chcode.NotImplemented,
			"A materialized view without GROUP BY needs a table to feed: CREATE TABLE …, then CREATE MATERIALIZED VIEW %s TO that table", d.Name)
	}
	if n.Empty {
		return nil, unsupported("EMPTY for a managed rollup, which always holds the past (use TO for new rows only)")
	}
	if n.Columns != nil {
		return nil, unsupported("A column list of a materialized view without TO (name the columns in its SELECT)")
	}
	return d, e.rollup(d, n, f)
}

// pureQuery refuses what is computed once, when the view is made, although it would
// mean something else for each row or insert: the time, and the rows of other tables.
func pureQuery(q ast.Query) error {
	sources := map[ast.Node]bool{}
	ast.Walk(q, func(n ast.Node) bool {
		if t, ok := n.(*ast.TableElement); ok {
			sources[t.Source] = true
		}
		return true
	})
	var err error
	ast.Walk(q, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncCall:
			switch strings.ToLower(n.Name) {
			case "now", "now64", "nowinblock", "today", "yesterday", "current_timestamp", "currenttimestamp", "current_date", "curdate", "utc_timestamp":
				err = chcode.Errorf(chcode.BadArguments,
					"%s() in a materialized view would be the time at which the view is made: bound the time in the queries that read it", n.Name)
			}
		case *ast.Subquery:
			if !sources[n] {
				err = unsupported("A subquery in an expression of a materialized view, whose rows would be those of now,")
			}
		case *ast.In:
			if _, ok := n.Right.(*ast.Ident); ok {
				err = unsupported("IN (a table) in a materialized view, whose rows would be those of now,")
			}
		}
		return err == nil
	})
	return err
}

// rollup makes a managed rollup.
func (e *Env) rollup(d *table.Def, n *ast.CreateView, f *flat) error {
	d.Kind = table.Rollup
	if err := e.rollupEngine(d, n.Storage); err != nil {
		return err
	}
	if err := e.rollupColumns(d, f); err != nil {
		return err
	}
	if err := e.compose(d, f); err != nil {
		return err
	}
	storage := n.Storage
	if storage == nil {
		storage = &ast.Storage{}
	}
	if storage.RouteBy != nil {
		return unsupported("ROUTE BY of a rollup (it keeps the route of its table)")
	}
	if storage.OrderBy == nil {
		s := *storage
		tuple := &ast.Tuple{}
		for _, id := range d.Derived.Keys {
			tuple.Items = append(tuple.Items, &ast.Ident{Parts: []string{d.Schema.ByID(id).Name}})
		}
		s.OrderBy = tuple
		storage = &s
		d.Derived.Added = len(tuple.Items)
	}
	e.nullableKeys = true
	if err := e.keys(d, &ast.CreateTable{}, storage); err != nil {
		return err
	}
	d.RouteBy = nil
	return e.sortAllKeys(d)
}

// rollupEngine takes the engines that ClickHouse's users write for rollups.
func (e *Env) rollupEngine(d *table.Def, s *ast.Storage) error {
	d.Engine = "AggregatingMergeTree"
	if s == nil || s.Engine == nil {
		return nil
	}
	d.Engine = ast.Format(s.Engine)
	switch base := strings.TrimPrefix(s.Engine.Name, "Replicated"); base {
	case "AggregatingMergeTree", "SummingMergeTree", "MergeTree":
		if base != "AggregatingMergeTree" {
			d.Warnings = append(d.Warnings, s.Engine.Name+": a managed rollup merges rows of equal keys whatever its engine")
		}
		return nil
	default:
		if knownEngine(base) {
			return unsupported("ENGINE = " + s.Engine.Name + " of a materialized view")
		}
		return chcode.Errorf(chcode.UnknownStorage, "Unknown table engine %s", s.Engine.Name)
	}
}

// rollupColumns makes a column of every output of the query: a key, or an
// aggregate.
func (e *Env) rollupColumns(d *table.Def, f *flat) error {
	used := map[int]bool{}
	for i, out := range f.outputs {
		c := types.Column{ID: d.NextColumn, Name: f.names[i]}
		if d.Schema.Index(c.Name) >= 0 {
			return chcode.Errorf(chcode.IllegalColumn, "Column %s is given twice: name it with AS", c.Name)
		}
		d.NextColumn++
		refs := expr.Columns(out)
		col, isBare := out.(*expr.Column)
		switch {
		case isBare && col.Pos >= len(f.keys):
			st := stateOf(f.calls[col.Pos-len(f.keys)])
			c.Type = st.typ
			d.Derived.States = append(d.Derived.States, table.DerivedState{Column: c.ID, Func: st.name, Params: st.params})
		case !slices.ContainsFunc(refs, func(pos int) bool { return pos >= len(f.keys) }):
			c.Type = out.Type().NotSimple()
			d.Derived.Keys = append(d.Derived.Keys, c.ID)
			if isBare {
				used[col.Pos] = true
			}
		default:
			return chcode.Errorf(chcode.NotImplemented,
				"Column %s of a materialized view computes with aggregates: keep the aggregates as columns and compute when reading", c.Name)
		}
		if isTimePair(c.Type) {
			return chcode.Errorf(chcode.NotImplemented,
				"A window of time, %s, can't be a column (%s): group by tumbleStart(…) or hopStart(…), from which its end follows", c.Type, c.Name)
		}
		c.TypeName = c.Type.String()
		d.Schema.Columns = append(d.Schema.Columns, c)
	}
	for i, k := range f.keys {
		if _, isConst := k.(*expr.Const); !used[i] && !isConst {
			return chcode.Errorf(chcode.IncorrectQuery,
				"GROUP BY %s is not in the SELECT list of the materialized view: rows of different keys could not be told apart", k)
		}
	}
	return storable(d.Schema.Columns)
}

// isTimePair tells the type of tumble and hop.
func isTimePair(t types.Type) bool {
	return t.Kind == types.Tuple && !slices.ContainsFunc(t.Elems, func(e types.Type) bool { return !e.IsTime() && e.Kind != types.Date })
}

// stateColumn is how an aggregate is kept.
type stateColumn struct {
	name   string
	params []string
	typ    types.Type
}

// stateOf chooses how the result of a call is kept: as a value that is merged by a
// simple function, or as a state.
func stateOf(c plan.AggCall) stateColumn {
	name, t := c.Func.Name(), c.Func.Result()
	st := c.Func.StateType()
	switch {
	case t.Simple != "":
		return stateColumn{name: strings.TrimSuffix(name, "SimpleState"), typ: t}
	case t.Kind == types.AggregateFunction:
		return stateColumn{name: t.Func, params: t.Params, typ: t}
	case strings.HasSuffix(name, "Merge"):
		a := c.Args[0].Type()
		return stateColumn{name: a.Func, params: a.Params, typ: a}
	}
	simple := ""
	switch strings.ToLower(name) {
	case "count", "countif", "sum", "sumif":
		simple = "sum"
	case "min", "max", "any":
		simple = strings.ToLower(name)
	case "anylast":
		simple = "anyLast"
	case "groupbitand":
		simple = "groupBitAnd"
	case "groupbitor":
		simple = "groupBitOr"
	case "groupbitxor":
		simple = "groupBitXor"
	}
	if simple != "" {
		if s, err := types.SimpleOf(simple, t); err == nil {
			return stateColumn{name: name, typ: s}
		}
	}
	return stateColumn{name: st.Func, params: st.Params, typ: st}
}

// compose says how rows of the source give rows of the rollup; over a rollup, how
// rows of that rollup's own source do.
func (e *Env) compose(d *table.Def, f *flat) error {
	in, err := e.input(f)
	if err != nil {
		return err
	}
	switch {
	case !f.merged && f.source.Kind == table.Events:
		d.Derived.From = in
		return nil
	case f.source.Kind == table.Rollup:
		d.Derived.Past = &in
		return e.overRollup(d, f)
	default:
		return unsupported("A materialized view without TO over " + f.source.FullName() + ", which is no table of events")
	}
}

// input is what a row of the scanned table gives.
func (e *Env) input(f *flat) (table.DerivedInput, error) {
	in := table.DerivedInput{Table: f.source.ID}
	var err error
	if in.Filter, err = f.conjunction(); err != nil {
		return in, err
	}
	for _, out := range f.outputs {
		if col, ok := out.(*expr.Column); ok && col.Pos >= len(f.keys) {
			var args [][]byte
			for _, a := range f.calls[col.Pos-len(f.keys)].Args {
				b, err := f.kept(a)
				if err != nil {
					return in, err
				}
				args = append(args, b)
			}
			in.Args = append(in.Args, args)
			continue
		}
		b, err := f.kept(substitute(out, f.keys))
		if err != nil {
			return in, err
		}
		in.Keys = append(in.Keys, b)
	}
	return in, nil
}

// overRollup composes a rollup over another into one over that one's source.
func (e *Env) overRollup(d *table.Def, f *flat) error {
	p := &base{def: f.source}
	if err := p.decode(); err != nil {
		return err
	}
	in := table.DerivedInput{Table: f.source.Derived.From.Table}
	conj := append([]expr.Expr(nil), p.filter...)
	for _, c := range f.filter {
		c, err := p.below(f.byID(c))
		if err != nil {
			return err
		}
		conj = append(conj, c)
	}
	cond, err := and(conj)
	if err != nil {
		return err
	}
	if cond != nil {
		in.Filter = expr.Encode(cond)
	}
	state := 0
	for _, out := range f.outputs {
		if col, ok := out.(*expr.Column); ok && col.Pos >= len(f.keys) {
			from, err := p.state(f, f.calls[col.Pos-len(f.keys)])
			if err != nil {
				return err
			}
			st := &d.Derived.States[state]
			st.Func, st.Params = p.def.Derived.States[from].Func, p.def.Derived.States[from].Params
			in.Args = append(in.Args, p.def.Derived.From.Args[from])
			state++
			continue
		}
		k, err := p.below(f.byID(substitute(out, f.keys)))
		if err != nil {
			return err
		}
		in.Keys = append(in.Keys, expr.Encode(k))
	}
	d.Derived.From = in
	return nil
}

// base is the rollup that another is written over.
type base struct {
	def    *table.Def
	filter []expr.Expr
	keys   map[uint32]expr.Expr // of its key columns, over its source
}

func (p *base) decode() error {
	in := &p.def.Derived.From
	if in.Filter != nil {
		e, err := expr.Decode(in.Filter)
		if err != nil {
			return err
		}
		p.filter = expr.Conjuncts(e)
	}
	p.keys = map[uint32]expr.Expr{}
	for i, id := range p.def.Derived.Keys {
		e, err := expr.Decode(in.Keys[i])
		if err != nil {
			return err
		}
		p.keys[id] = e
	}
	return nil
}

// below is an expression over the rollup's keys as one over its source.
func (p *base) below(e expr.Expr) (expr.Expr, error) {
	for _, id := range expr.Columns(e) {
		if p.keys[uint32(id)] == nil {
			return nil, chcode.Errorf(chcode.NotImplemented,
				"A rollup over %s can filter and group by its keys only, not by %s", p.def.FullName(), p.def.Schema.ByID(uint32(id)).Name)
		}
	}
	return expr.Rewrite(e, func(x expr.Expr) expr.Expr {
		if c, ok := x.(*expr.Column); ok && c.Pos >= 0 {
			return p.keys[uint32(c.Pos)]
		}
		return x
	}), nil
}

// state finds the state of the rollup that a call merges.
func (p *base) state(f *flat, c plan.AggCall) (int, error) {
	refuse := chcode.Errorf(chcode.NotImplemented,
		"A rollup over %s can merge its aggregates (sum of a count or sum, min of a min, uniqExactMerge of a uniqExact, …); %s does not",
		p.def.FullName(), c.Name)
	if len(c.Args) != 1 {
		return 0, refuse
	}
	col, ok := c.Args[0].(*expr.Column)
	if !ok {
		return 0, refuse
	}
	id := uint32(f.byID(col).(*expr.Column).Pos)
	i := slices.IndexFunc(p.def.Derived.States, func(s table.DerivedState) bool { return s.Column == id })
	if i < 0 {
		return 0, refuse
	}
	t := p.def.Schema.ByID(id).Type
	name := strings.TrimSuffix(c.Func.Name(), "SimpleState")
	if t.Simple != "" && name == t.Simple && len(c.Func.Params()) == 0 && c.Func.Result().NotSimple().Equal(t.NotSimple()) {
		return i, nil
	}
	if t.Kind == types.AggregateFunction && (strings.HasSuffix(name, "MergeState") || strings.HasSuffix(name, "Merge")) {
		return i, nil
	}
	return 0, refuse
}

// sortAllKeys makes ORDER BY name every key: rows with equal keys must meet when
// segments are merged.
func (e *Env) sortAllKeys(d *table.Def) error {
	have := map[uint32]bool{}
	for _, k := range d.OrderBy {
		i := bareColumn(d, k)
		if i < 0 || !slices.Contains(d.Derived.Keys, d.Schema.Columns[i].ID) {
			return chcode.Errorf(chcode.BadArguments, "ORDER BY %s: a rollup is ordered by keys of its GROUP BY", k.SQL)
		}
		have[d.Schema.Columns[i].ID] = true
	}
	for _, id := range d.Derived.Keys {
		if have[id] {
			continue
		}
		name := d.Schema.ByID(id).Name
		k, err := e.keyExpr(d, &ast.Ident{Parts: []string{name}}, "ORDER BY")
		if err != nil {
			return err
		}
		d.OrderBy = append(d.OrderBy, k)
		d.Derived.Added++
		d.Warnings = append(d.Warnings, "ORDER BY: "+name+" is added, so that rows of different keys stay apart")
	}
	return nil
}

// viewTo makes a view that feeds a table.
func (e *Env) viewTo(d *table.Def, n *ast.CreateView, f *flat) error {
	d.Kind, d.Engine = table.ViewTo, "MaterializedView"
	database, name := e.names(n.To)
	target := e.Catalog.Find(database, name)
	switch {
	case target == nil:
		return e.Catalog.UnknownTable(database, name)
	case target.Kind != table.Events && target.Kind != table.States:
		return unsupported("TO " + target.FullName() + ", which rows can't be inserted into")
	case f.source.Kind == table.Rollup:
		return unsupported("TO for a view over " + f.source.FullName() +
			", a managed rollup, into which nothing is inserted (leave out TO: a rollup of a rollup is always up to date)")
	case target.ID == f.source.ID:
		return chcode.Errorf(chcode.BadArguments, "A materialized view can't feed the table that it reads")
	}
	d.Derived.Target, d.Derived.TargetName = target.ID, target.FullName()
	for i, out := range f.outputs {
		k := target.Schema.Index(f.names[i])
		if k < 0 || !target.Schema.Columns[k].IsStored() {
			return chcode.Errorf(chcode.ThereIsNoColumn, "Column %s of the view is not in %s: name it with AS", f.names[i], target.FullName())
		}
		c := target.Schema.Columns[k]
		if col, ok := out.(*expr.Column); ok && f.isGrouped && col.Pos >= len(f.keys) {
			st, err := targetState(f.calls[col.Pos-len(f.keys)], &c)
			if err != nil {
				return err
			}
			d.Derived.States = append(d.Derived.States, st)
			continue
		}
		over := out
		if f.isGrouped {
			if slices.ContainsFunc(expr.Columns(out), func(pos int) bool { return pos >= len(f.keys) }) {
				return unsupported("A column that computes with aggregates (" + f.names[i] + ") in a view with TO and GROUP BY")
			}
			over = substitute(out, f.keys)
		}
		cast, err := expr.NewCast(expr.Background(), over, c.Type.NotSimple(), expr.CastInternal)
		if err != nil {
			return err
		}
		b, err := f.kept(cast)
		if err != nil {
			return err
		}
		d.Derived.Keys = append(d.Derived.Keys, c.ID)
		d.Derived.From.Keys = append(d.Derived.From.Keys, b)
		d.Schema.Columns = append(d.Schema.Columns, types.Column{ID: d.NextColumn, Name: c.Name, Type: c.Type, TypeName: c.TypeName})
		d.NextColumn++
	}
	return e.viewInput(d, f)
}

// viewInput fills in the filter and the arguments of the aggregates.
func (e *Env) viewInput(d *table.Def, f *flat) error {
	in := &d.Derived.From
	in.Table = f.source.ID
	var err error
	if in.Filter, err = f.conjunction(); err != nil || !f.isGrouped {
		return err
	}
	for _, out := range f.outputs {
		col, ok := out.(*expr.Column)
		if !ok || col.Pos < len(f.keys) {
			continue
		}
		var args [][]byte
		for _, a := range f.calls[col.Pos-len(f.keys)].Args {
			b, err := f.kept(a)
			if err != nil {
				return err
			}
			args = append(args, b)
		}
		in.Args = append(in.Args, args)
	}
	return nil
}

// targetState says how the result of a call goes into a column of the target.
func targetState(c plan.AggCall, to *types.Column) (table.DerivedState, error) {
	name, params := c.Func.Name(), c.Func.StateType().Params
	result := c.Func.Result()
	switch {
	case to.Type.Kind == types.AggregateFunction:
		if !result.Equal(to.Type) {
			return table.DerivedState{}, chcode.Errorf(chcode.CannotConvertType,
				"Column %s has type %s, the view gives %s", to.Name, to.Type, result)
		}
		name, params = result.Func, result.Params
	case result.Kind == types.AggregateFunction:
		return table.DerivedState{}, chcode.Errorf(chcode.CannotConvertType,
			"Column %s has type %s, the view gives a state, %s", to.Name, to.Type, result)
	default:
		name = strings.TrimSuffix(name, "SimpleState")
		if _, err := expr.NewCast(expr.Background(), &expr.Column{Name: to.Name, T: result.NotSimple()}, to.Type.NotSimple(), expr.CastInternal); err != nil {
			return table.DerivedState{}, err
		}
	}
	if !agg.IsAggregate(name) {
		return table.DerivedState{}, unsupported("Aggregate " + c.Name + " in a materialized view")
	}
	return table.DerivedState{Column: to.ID, Func: name, Params: params}, nil
}

// merging resolves what a table of states merges by and sums.
func (e *Env) merging(d *table.Def, s *ast.Storage) error {
	for _, k := range d.OrderBy {
		i := bareColumn(d, k)
		if i < 0 {
			return unsupported("ORDER BY " + k.SQL + " of a table of states: its key must be columns")
		}
		d.MergeBy = append(d.MergeBy, d.Schema.Columns[i].ID)
	}
	if s == nil || s.Engine == nil || strings.TrimPrefix(s.Engine.Name, "Replicated") != "SummingMergeTree" {
		return nil
	}
	args := s.Engine.Args
	if strings.HasPrefix(s.Engine.Name, "Replicated") {
		args = withoutPath(args)
	}
	for _, a := range args {
		for _, item := range keyItems(a) {
			id, ok := item.(*ast.Ident)
			i := -1
			if ok {
				i = d.Schema.Index(id.Name())
			}
			if i < 0 || !d.Schema.Columns[i].Type.IsNumeric() || slices.Contains(d.MergeBy, d.Schema.Columns[i].ID) {
				return chcode.Errorf(chcode.BadArguments, "SummingMergeTree(%s): not a numeric column outside the key", ast.Format(item))
			}
			d.Summing = append(d.Summing, d.Schema.Columns[i].ID)
		}
	}
	if len(args) > 0 {
		return nil
	}
	for i := range d.Schema.Columns {
		c := &d.Schema.Columns[i]
		if c.IsStored() && c.Type.IsNumeric() && c.Type.Kind != types.Bool && c.Type.Simple == "" &&
			!slices.Contains(d.MergeBy, c.ID) && !partitionUses(d, c.ID) {
			d.Summing = append(d.Summing, c.ID)
		}
	}
	return nil
}

func partitionUses(d *table.Def, id uint32) bool {
	return slices.ContainsFunc(d.PartitionBy, func(k table.KeyExpr) bool {
		e, err := expr.Decode(k.Expr)
		return err == nil && slices.Contains(expr.Columns(e), int(id))
	})
}
