package report

import (
	"fmt"
	"math"
	"slices"
	"strings"
)

// series is one figure over the sizes at which it was taken.
type series struct {
	of         string
	at, values []float64
}

// curves are the figures by rows or by clients, in the order in which they were taken, each from the least size to the largest.
func (r *Report) curves(by string) []*series {
	var list []*series
	for _, g := range r.Growth {
		if g.By != by {
			continue
		}
		i := slices.IndexFunc(list, func(s *series) bool { return s.of == g.Of })
		if i < 0 {
			i, list = len(list), append(list, &series{of: g.Of})
		}
		s := list[i]
		s.at, s.values = append(s.at, g.At), append(s.values, g.Value)
		for j := len(s.at) - 1; j > 0 && s.at[j-1] > s.at[j]; j-- {
			s.at[j-1], s.at[j], s.values[j-1], s.values[j] = s.at[j], s.at[j-1], s.values[j], s.values[j-1]
		}
	}
	return list
}

// unit is what a figure is counted in, and the rest of its name.
func (s *series) unit(by string) (unit, name string) {
	if by == byRows {
		i := max(strings.LastIndex(s.of, ", "), 0)
		return strings.TrimPrefix(s.of[i:], ", "), s.of[:i]
	}
	if !strings.Contains(s.of, ", ") {
		return rate, s.of
	}
	unit, name, _ = strings.Cut(s.of, " ")
	return unit, name
}

// value is the figure at a size.
func (s *series) value(at float64) (v float64, ok bool) {
	if i := slices.Index(s.at, at); i >= 0 {
		return s.values[i], true
	}
	return 0, false
}

// exponent is k of the curve value ~ size^k that is nearest by least squares of the logarithms; and between the two
// largest sizes, which says more of what comes next: fixed costs bend the curve at small ones.
func (s *series) exponent() (all, last float64, ok bool) {
	var x, y []float64
	for i := range s.at {
		if s.at[i] > 0 && s.values[i] > 0 {
			x, y = append(x, math.Log(s.at[i])), append(y, math.Log(s.values[i]))
		}
	}
	n := len(x)
	if n < 2 {
		return 0, 0, false
	}
	mx, my := mean(x), mean(y)
	var xy, xx float64
	for i := range x {
		xy, xx = xy+(x[i]-mx)*(y[i]-my), xx+(x[i]-mx)*(x[i]-mx)
	}
	if xx == 0 || x[n-1] == x[n-2] {
		return 0, 0, false
	}
	return xy / xx, (y[n-1] - y[n-2]) / (x[n-1] - x[n-2]), true
}

func mean(x []float64) float64 {
	sum := 0.0
	for _, v := range x {
		sum += v
	}
	return sum / float64(len(x))
}

// scaleMore is by how much more clients must raise a rate to count as more.
const scaleMore = 1.1

// What figures grow by, and the unit of those by clients that have none of the prefixes.
const (
	byRows    = "rows"
	byClients = "clients"
	rate      = "a second"
)

// Prefixes of the figures that say who was busy while clients asked, and how long they waited.
const (
	ServerCores = "cores of the server, "
	ClientCores = "cores of the clients, "
	AtP50       = "ms at p50, "
	AtP99       = "ms at p99, "
)

// scaling says for each rate at how many clients it stops growing, and what was busy then.
func (r *Report) scaling() []string {
	curves := r.curves(byClients)
	at := func(name string, clients float64) (v float64) {
		for _, s := range curves {
			if s.of == name {
				v, _ = s.value(clients)
			}
		}
		return v
	}
	var list []string
	for _, s := range curves {
		if unit, _ := s.unit(byClients); unit != rate {
			continue
		}
		k := 0
		for k+1 < len(s.at) && slices.Max(s.values[k+1:]) >= scaleMore*s.values[k] {
			k++
		}
		server, clients := at(ServerCores+s.of, s.at[k]), at(ClientCores+s.of, s.at[k])
		text := s.of + ": " + short(s.values[k]) + " with " + clientsOf(s.at[k])
		if k+1 == len(s.at) {
			text += ", and still growing"
		} else {
			text += ", more give less than a tenth more. The server has " + fixed(server, 2) + " and the clients " + fixed(clients, 2) + " of " +
				thousands(int64(r.Machine.Cores)) + " cores then"
			if server+clients >= 0.9*float64(r.Machine.Cores) {
				text += ": they are all busy."
			} else {
				text += "; the rest waited, or other programs had it."
			}
		}
		list = join(list, text)
	}
	return list
}

func clientsOf(n float64) string {
	if n == 1 {
		return "one client"
	}
	return fmt.Sprintf("%g clients", n)
}
