package io.logitstream.schemas;

import io.logitstream.messages.LogitstreamException;
import io.logitstream.messages.Printable;
import io.logitstream.messages.UsageException;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Key of a record in the tokens and logits topics: {@code corpus/shard/batch} in UTF-8, with the shard padded to five
 * digits and the batch to seven, or {@code corpus/end} for an end-of-corpus marker.
 *
 * @param corpus name of the corpus: 1 to {@value #MAX_CORPUS_LENGTH} characters, no slash, no control
 *     characters
 * @param shard number of the shard within the corpus, from 0; {@value #END} in an end marker
 * @param batch number of the batch within the shard, from 0; {@value #END} in an end marker
 */
public record BatchKey(String corpus, int shard, int batch) {

    /** Shard and batch of an end marker's key. */
    public static final int END = -1;
    /** Maximum length of a corpus name in characters, which bounds the size of a key. */
    public static final int MAX_CORPUS_LENGTH = 200;

    /** Upper bound of the length of a key in UTF-8. */
    private static final int LONGEST_BYTES = 4 * MAX_CORPUS_LENGTH + 32;

    private static final Pattern CORPUS = Pattern.compile("[^/\\p{Cntrl}]{1," + MAX_CORPUS_LENGTH + "}");
    private static final Pattern KEY = Pattern.compile("(" + CORPUS + ")/(?:end|(\\d{5,10})/(\\d{7,10}))");

    /**
     * Checks the values.
     *
     * @throws UsageException if the corpus name or a number is invalid
     */
    public BatchKey {
        if (corpus == null || corpus.isBlank() || !CORPUS.matcher(corpus).matches()) {
            throw new UsageException("corpus name '" + corpus + "' must have 1 to " + MAX_CORPUS_LENGTH
                    + " characters, and no slash or control character");
        }
        boolean end = shard == END && batch == END;
        if (!end && (shard < 0 || batch < 0)) {
            throw new UsageException(
                    "corpus " + corpus + ": shard " + shard + " and batch " + batch + " must not be negative");
        }
    }

    /** Key of the end-of-corpus marker of a corpus. */
    public static BatchKey endOf(String corpus) {
        return new BatchKey(corpus, END, END);
    }

    /** Key of a batch or an end marker. */
    public static BatchKey of(TokenBatch batch) {
        return TokenBatches.isEndMarker(batch)
                ? endOf(batch.getCorpus())
                : new BatchKey(batch.getCorpus(), batch.getShard(), batch.getBatch());
    }

    /**
     * Parses the text that {@link #toString()} returns.
     *
     * @throws LogitstreamException if the text is not a key
     */
    public static BatchKey parse(String text) {
        return tryParse(text)
                .orElseThrow(() -> new LogitstreamException(
                        "'" + Printable.of(text) + "' is not a batch key: expected corpus/shard/batch or corpus/end"));
    }

    /**
     * Parses an untrusted key.
     *
     * @param text a record's key, or null
     * @return the key; empty if the text is not a batch key
     */
    public static Optional<BatchKey> tryParse(String text) {
        if (text == null) {
            return Optional.empty();
        }
        Matcher matcher = KEY.matcher(text);
        if (matcher.matches() && !matcher.group(1).isBlank()) {
            try {
                String corpus = matcher.group(1);
                BatchKey key = matcher.group(2) == null
                        ? endOf(corpus)
                        : new BatchKey(corpus, Integer.parseInt(matcher.group(2)), Integer.parseInt(matcher.group(3)));
                if (key.toString().equals(text)) {
                    return Optional.of(key);
                }
            } catch (NumberFormatException e) {
                // Ten digits can exceed an int. Such a text is not a key.
            }
        }
        return Optional.empty();
    }

    /**
     * Parses an untrusted key.
     *
     * @param utf8 a record's key, or null
     * @return the key; empty if the bytes are not a batch key
     */
    public static Optional<BatchKey> tryParse(byte[] utf8) {
        return utf8 == null || utf8.length > LONGEST_BYTES
                ? Optional.empty()
                : tryParse(new String(utf8, StandardCharsets.UTF_8));
    }

    /** Whether this is the key of an end-of-corpus marker. */
    public boolean isEnd() {
        return shard == END;
    }

    @Override
    public String toString() {
        return isEnd() ? corpus + "/end" : String.format(Locale.ROOT, "%s/%05d/%07d", corpus, shard, batch);
    }
}
