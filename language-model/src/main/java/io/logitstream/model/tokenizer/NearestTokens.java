package io.logitstream.model.tokenizer;

import java.util.Collection;
import java.util.Comparator;
import java.util.List;

/** Tokens of a vocabulary that are spelled most like a given text, for messages. */
final class NearestTokens {
    private static final int MOST = 3;

    private NearestTokens() {}

    /** The most similar tokens, by edit distance (Levenshtein 1966), the nearest first. */
    static List<String> of(String text, Collection<String> tokens) {
        return tokens.stream()
                .filter(token -> Math.abs(token.length() - text.length()) <= Math.max(text.length(), MOST))
                .sorted(Comparator.<String>comparingInt(token -> distance(text, token))
                        .thenComparing(Comparator.naturalOrder()))
                .limit(MOST)
                .toList();
    }

    private static int distance(String one, String other) {
        int[] row = new int[other.length() + 1];
        for (int j = 0; j <= other.length(); j++) {
            row[j] = j;
        }
        for (int i = 1; i <= one.length(); i++) {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= other.length(); j++) {
                int replaced = diagonal + (one.charAt(i - 1) == other.charAt(j - 1) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.min(replaced, Math.min(row[j], row[j - 1]) + 1);
            }
        }
        return row[other.length()];
    }
}
