package io.logitstream.model.tokenizer;

import java.util.HashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Counts the pre-tokens of texts: the pieces that GPT-2's byte-level pre-tokenizer cuts a text into, across which no
 * token reaches. Memory is bounded: beyond {@value #LIMIT} different pre-tokens (a few hundred MB with all that
 * depends on them) the rarest are dropped until half as many are left.
 */
final class PreTokenCounts {
    static final int LIMIT = 1_000_000;
    /** Longest pre-token, in characters. Longer runs, such as encoded binary data, are counted in pieces. */
    private static final int LONGEST = 256;

    private static final Pattern PRE_TOKEN = Pattern.compile(
            "'(?:s|t|re|ve|m|ll|d)| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+",
            Pattern.UNICODE_CHARACTER_CLASS);

    private final int limit;
    private final Map<String, long[]> counts = new HashMap<>();

    PreTokenCounts(int limit) {
        this.limit = limit;
    }

    void add(String text) {
        Matcher matcher = PRE_TOKEN.matcher(text);
        while (matcher.find()) {
            int start = matcher.start();
            while (matcher.end() - start > LONGEST) {
                int end = start + LONGEST - (Character.isHighSurrogate(text.charAt(start + LONGEST - 1)) ? 1 : 0);
                count(text.substring(start, end));
                start = end;
            }
            count(text.substring(start, matcher.end()));
        }
    }

    Map<String, long[]> counts() {
        return counts;
    }

    private void count(String preToken) {
        counts.computeIfAbsent(preToken, key -> new long[1])[0]++;
        for (int rarest = 1; counts.size() > limit; rarest *= 2) {
            forget(rarest);
        }
    }

    private void forget(int rarest) {
        for (int threshold = rarest; counts.size() > limit / 2 && threshold < 2 * rarest; threshold++) {
            long atMost = threshold;
            counts.values().removeIf(count -> count[0] <= atMost);
        }
    }
}
