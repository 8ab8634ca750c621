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

// curves are the figures by rows or by clients, in the order in which they were taken.
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
		list[i].at, list[i].values = append(list[i].at, g.At), append(list[i].values, g.Value)
	}
	return list
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

// Prefixes of the figures that say who was busy while clients asked.
const (
	ServerCores = "cores of the server, "
	ClientCores = "cores of the clients, "
)

// scaling says for each rate at how many clients it stops growing, and what was busy then.
func (r *Report) scaling() []string {
	curves := r.curves("clients")
	at := func(name string, clients float64) float64 {
		for _, s := range curves {
			if s.of == name {
				v, _ := s.value(clients)
				return v
			}
		}
		return 0
	}
	var list []string
	for _, s := range curves {
		if strings.HasPrefix(s.of, ServerCores) || strings.HasPrefix(s.of, ClientCores) {
			continue
		}
		k := 0
		for k+1 < len(s.at) && slices.Max(s.values[k+1:]) >= scaleMore*s.values[k] {
			k++
		}
		server, clients := at(ServerCores+s.of, s.at[k]), at(ClientCores+s.of, s.at[k])
		text := fmt.Sprintf("%s: %s with %s, more give less than a tenth more. The server has %.2f and the clients %.2f of %d cores then",
			s.of, short(s.values[k]), clientsOf(s.at[k]), server, clients, r.Machine.Cores)
		switch {
		case k+1 == len(s.at):
			text = fmt.Sprintf("%s: %s with %s, and still growing", s.of, short(s.values[k]), clientsOf(s.at[k]))
		case server+clients >= 0.9*float64(r.Machine.Cores):
			text += ": they are all busy."
		default:
			text += "; the rest waited, or other programs had it."
		}
		list = append(list, text)
	}
	return list
}

func clientsOf(n float64) string {
	if n == 1 {
		return "one client"
	}
	return fmt.Sprintf("%g clients", n)
}
