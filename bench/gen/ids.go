package gen

// ContentID is the id of the content of a rank.
func ContentID(rank int32) string { return string(appendContent(nil, rank)) }
