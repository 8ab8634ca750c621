package format

// prettyNull is NULL in formats for people, told apart from a text of NULL.
const prettyNull = "ᴺᵁᴸᴸ"
