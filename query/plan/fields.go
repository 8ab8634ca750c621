package plan

import "slices"

// Fields implements Node.
func (n *Scan) Fields() []Field {
	cols := n.Table.Columns()
	given := n.Columns[:len(n.Columns)-n.Hidden]
	out := make([]Field, len(given))
	for i, c := range given {
		out[i] = Field{Name: n.Names[i], Type: cols[c].Type.NotSimple()}
	}
	return out
}

// Fields implements Node.
func (n *Rows) Fields() []Field {
	out := make([]Field, len(n.Batch.Cols))
	for i, c := range n.Batch.Cols {
		out[i] = Field{Name: n.Batch.Names[i], Type: c.Type}
	}
	return out
}

// Fields implements Node.
func (n *Generate) Fields() []Field { return n.Out }

// Fields implements Node.
func (n *Filter) Fields() []Field { return n.Input.Fields() }

// Fields implements Node.
func (n *Project) Fields() []Field {
	out := make([]Field, len(n.Exprs))
	for i, e := range n.Exprs {
		out[i] = Field{Name: n.Names[i], Type: e.Type()}
	}
	return out
}

// Fields implements Node.
func (n *Aggregate) Fields() []Field {
	out := make([]Field, 0, len(n.Keys)+len(n.Calls))
	for i, e := range n.Keys {
		out = append(out, Field{Name: n.KeyNames[i], Type: e.Type()})
	}
	for _, c := range n.Calls {
		out = append(out, Field{Name: c.Name, Type: c.Func.Result()})
	}
	return out
}

// Fields implements Node.
func (n *Sort) Fields() []Field { return n.Input.Fields() }

// Fields implements Node.
func (n *Limit) Fields() []Field { return n.Input.Fields() }

// Fields implements Node.
func (n *LimitBy) Fields() []Field { return n.Input.Fields() }

// Fields implements Node.
func (n *Distinct) Fields() []Field { return n.Input.Fields() }

// Fields implements Node.
func (n *Join) Fields() []Field {
	left, right := slices.Clone(n.Left.Fields()), slices.Clone(n.Right.Fields())
	if n.UseNulls {
		if n.Kind == Left || n.Kind == Full {
			nullable(right)
		}
		if n.Kind == Right || n.Kind == Full {
			nullable(left)
		}
	}
	return append(left, right...)
}

func nullable(fields []Field) {
	for i := range fields {
		fields[i].Type = fields[i].Type.AsNullable()
	}
}

// Fields implements Node.
func (n *Union) Fields() []Field { return n.Branches[0].Fields() }

// Inputs implements Node.
func (n *Scan) Inputs() []Node { return nil }

// Inputs implements Node.
func (n *Rows) Inputs() []Node { return nil }

// Inputs implements Node.
func (n *Generate) Inputs() []Node { return nil }

// Inputs implements Node.
func (n *Filter) Inputs() []Node { return []Node{n.Input} }

// Inputs implements Node.
func (n *Project) Inputs() []Node { return []Node{n.Input} }

// Inputs implements Node.
func (n *Aggregate) Inputs() []Node {
	out := []Node{n.Input}
	for _, m := range n.More {
		out = append(out, m.Input)
	}
	return out
}

// Inputs implements Node.
func (n *Sort) Inputs() []Node { return []Node{n.Input} }

// Inputs implements Node.
func (n *Limit) Inputs() []Node { return []Node{n.Input} }

// Inputs implements Node.
func (n *LimitBy) Inputs() []Node { return []Node{n.Input} }

// Inputs implements Node.
func (n *Distinct) Inputs() []Node { return []Node{n.Input} }

// Inputs implements Node.
func (n *Join) Inputs() []Node { return []Node{n.Left, n.Right} }

// Inputs implements Node.
func (n *Union) Inputs() []Node { return n.Branches }

// WithInputs implements Node.
func (n *Scan) WithInputs([]Node) Node { return n }

// WithInputs implements Node.
func (n *Rows) WithInputs([]Node) Node { return n }

// WithInputs implements Node.
func (n *Generate) WithInputs([]Node) Node { return n }

// WithInputs implements Node.
func (n *Filter) WithInputs(in []Node) Node { c := *n; c.Input = in[0]; return &c }

// WithInputs implements Node.
func (n *Project) WithInputs(in []Node) Node { c := *n; c.Input = in[0]; return &c }

// WithInputs implements Node.
func (n *Aggregate) WithInputs(in []Node) Node {
	c := *n
	c.Input, c.More = in[0], slices.Clone(n.More)
	for i := range c.More {
		c.More[i].Input = in[i+1]
	}
	return &c
}

// WithInputs implements Node.
func (n *Sort) WithInputs(in []Node) Node { c := *n; c.Input = in[0]; return &c }

// WithInputs implements Node.
func (n *Limit) WithInputs(in []Node) Node { c := *n; c.Input = in[0]; return &c }

// WithInputs implements Node.
func (n *LimitBy) WithInputs(in []Node) Node { c := *n; c.Input = in[0]; return &c }

// WithInputs implements Node.
func (n *Distinct) WithInputs(in []Node) Node { c := *n; c.Input = in[0]; return &c }

// WithInputs implements Node.
func (n *Join) WithInputs(in []Node) Node { c := *n; c.Left, c.Right = in[0], in[1]; return &c }

// WithInputs implements Node.
func (n *Union) WithInputs(in []Node) Node { return &Union{Branches: in} }
