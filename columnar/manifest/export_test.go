package manifest

import "fmt"

// Seal gives text the trailer that makes it whole.
func Seal(body []byte) []byte { return fmt.Appendf(append([]byte(nil), body...), trailer, crcOf(body)) }
