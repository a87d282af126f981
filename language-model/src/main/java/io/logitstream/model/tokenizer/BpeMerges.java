package io.logitstream.model.tokenizer;

import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Set;

/**
 * Learns the merges of byte-pair encoding (Sennrich et al. 2016, section 3.2) from counted words: repeatedly merges
 * the most frequent pair of neighbours into one token. Of equally frequent pairs the one with the smaller left id
 * comes first, then the one with the smaller right id. This is the order of Hugging Face's trainer, so that the
 * merges are the same.
 */
final class BpeMerges {
    /** A pair and the words it occurs in; {@code words} may hold a word twice, or one that has lost the pair. */
    private static final class Pair {
        final int left;
        final int right;
        long count;
        int[] words = new int[2];
        int size;

        Pair(int left, int right) {
            this.left = left;
            this.right = right;
        }

        void occursIn(int word) {
            if (size > 0 && words[size - 1] == word) {
                return;
            }
            if (size == words.length) {
                words = Arrays.copyOf(words, size * 2);
            }
            words[size++] = word;
        }
    }

    /**
     * A pair with its count when it was queued. The count of a queued pair only falls, and is checked again when it
     * is polled.
     */
    private record Candidate(Pair pair, long count) implements Comparable<Candidate> {
        @Override
        public int compareTo(Candidate other) {
            int order = Long.compare(other.count, count);
            order = order != 0 ? order : Integer.compare(pair.left, other.pair.left);
            return order != 0 ? order : Integer.compare(pair.right, other.pair.right);
        }
    }

    private final List<String> tokens;
    private final Map<String, Integer> ids = new HashMap<>();
    private final int[][] words;
    private final long[] counts;
    private final Map<Long, Pair> pairs = new HashMap<>();
    private final PriorityQueue<Candidate> queue = new PriorityQueue<>();
    private final Set<String> merges = new LinkedHashSet<>();

    /**
     * A learner at its beginning.
     *
     * @param tokens initial tokens at their ids; learned ones are appended
     * @param words each word as ids
     * @param counts number of occurrences of each word
     */
    BpeMerges(List<String> tokens, int[][] words, long[] counts) {
        this.tokens = tokens;
        this.words = words;
        this.counts = counts;
        for (int id = 0; id < tokens.size(); id++) {
            ids.put(tokens.get(id), id);
        }
    }

    /**
     * Learns merges until the vocabulary has a size, or no two neighbours are left.
     *
     * @param vocabularySize number of tokens to reach
     * @return the merges, first to last, as "left right"
     */
    List<String> learn(int vocabularySize) {
        Set<Pair> initial = new LinkedHashSet<>();
        for (int word = 0; word < words.length; word++) {
            count(word, -1, initial);
        }
        initial.forEach(this::enqueue);
        while (tokens.size() < vocabularySize && !queue.isEmpty()) {
            Candidate top = queue.poll();
            if (top.count != top.pair.count) {
                enqueue(top.pair);
            } else {
                merge(top.pair);
            }
        }
        return List.copyOf(merges);
    }

    private void merge(Pair pair) {
        String token = tokens.get(pair.left) + tokens.get(pair.right);
        merges.add(tokens.get(pair.left) + " " + tokens.get(pair.right));
        // Two pairs can make the same string; the second merge then leads to the existing token.
        int id = ids.computeIfAbsent(token, key -> {
            tokens.add(key);
            return tokens.size() - 1;
        });
        pairs.remove(key(pair.left, pair.right));
        pair.count = 0;
        Set<Pair> changed = new LinkedHashSet<>();
        for (int i = 0; i < pair.size; i++) {
            int word = pair.words[i];
            int[] merged = replace(words[word], pair.left, pair.right, id);
            if (merged != words[word]) {
                uncount(word);
                words[word] = merged;
                count(word, id, changed);
            }
        }
        changed.forEach(this::enqueue);
    }

    private void uncount(int word) {
        int[] symbols = words[word];
        for (int i = 0; i + 1 < symbols.length; i++) {
            Pair pair = pairs.get(key(symbols[i], symbols[i + 1]));
            if (pair != null) {
                pair.count -= counts[word];
            }
        }
    }

    /**
     * Adds a word's pairs to the counts and collects those that contain a new id, or all if the id is -1. Only these
     * pairs can have become more frequent.
     */
    private void count(int word, int newId, Set<Pair> collected) {
        int[] symbols = words[word];
        for (int i = 0; i + 1 < symbols.length; i++) {
            int left = symbols[i];
            int right = symbols[i + 1];
            Pair pair = pairs.computeIfAbsent(key(left, right), key -> new Pair(left, right));
            pair.count += counts[word];
            if (newId < 0 || left == newId || right == newId) {
                pair.occursIn(word);
                collected.add(pair);
            }
        }
    }

    private void enqueue(Pair pair) {
        if (pair.count > 0) {
            queue.add(new Candidate(pair, pair.count));
        }
    }

    private static int[] replace(int[] word, int left, int right, int id) {
        int[] merged = new int[word.length];
        int size = 0;
        for (int i = 0; i < word.length; i++) {
            boolean here = word[i] == left && i + 1 < word.length && word[i + 1] == right;
            merged[size++] = here ? id : word[i];
            i += here ? 1 : 0;
        }
        return size == word.length ? word : Arrays.copyOf(merged, size);
    }

    private static long key(int left, int right) {
        return (long) left << 32 | right;
    }
}
