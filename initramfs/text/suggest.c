#include "text/suggest.h"

#include <string.h>

static int least(int a, int b)
{
	return a < b ? a : b;
}

/* The optimal string alignment distance, with the last three rows of its table. */
int suggest_distance(const char *a, const char *b)
{
	enum { MAX = 64 };
	int rows[3][MAX + 1];
	size_t la = strlen(a), lb = strlen(b);

	if (la > MAX || lb > MAX)
		return MAX;
	for (size_t j = 0; j <= lb; j++)
		rows[0][j] = (int)j;
	for (size_t i = 1; i <= la; i++) {
		int *row = rows[i % 3], *before = rows[(i - 1) % 3], *twice = rows[(i + 1) % 3];

		row[0] = (int)i;
		for (size_t j = 1; j <= lb; j++) {
			row[j] = least(least(before[j], row[j - 1]) + 1, before[j - 1] + (a[i - 1] != b[j - 1]));
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
				row[j] = least(row[j], twice[j - 2] + 1);
		}
	}
	return rows[la % 3][lb];
}

int suggest_near(const char *a, const char *b)
{
	size_t length = strlen(a);

	return suggest_distance(a, b) <= (length < 4 ? 1 : length < 9 ? 2 : 3);
}
