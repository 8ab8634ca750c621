package expr

// families lists the functions, one family a file.
func families() [][]*function {
	return [][]*function{
		arithFunctions(), comparisonFunctions(), logicFunctions(), conditionalFunctions(), nullFunctions(),
		castFunctions(), tupleFunctions(), miscFunctions(), intervalFunctions(), arrayFunctions(),
		stringFunctions(), sliceFunctions(), replaceFunctions(), splitFunctions(), likeFunctions(), positionFunctions(),
		regexpFunctions(), arrayPartFunctions(), arraySearchFunctions(), arraySetFunctions(), lambdaFunctions(), lambdaSumFunctions(),
		encodeFunctions(), urlFunctions(), hashFunctions(), ipFunctions(), formatFunctions(), transformFunctions(), jsonFunctions(), simpleJSONFunctions(),
	}
}
