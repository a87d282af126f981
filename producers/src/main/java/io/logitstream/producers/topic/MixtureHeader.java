package io.logitstream.producers.topic;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.logitstream.producers.corpus.source.CorpusConfig;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.TreeSet;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;

/**
 * The record header {@value #HEADER} of a mixture's records: what decides on the order of its sources, as JSON. A
 * publisher continues a mixture only if it is the same.
 *
 * @param maxTokens predicted tokens after which the mixture ends; null for none
 * @param sources weights and ends by the name of the source
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record MixtureHeader(Long maxTokens, Map<String, Source> sources) {
    /**
     * A source of a mixture.
     *
     * @param weight weight
     * @param epochs passes
     * @param maxTokens predicted tokens after which it ends; null for none
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record Source(double weight, int epochs, Long maxTokens) {}

    private static final String HEADER = "logitstream-mixture";
    private static final int MAX_BYTES = 1 << 16;
    private static final ObjectMapper JSON = new ObjectMapper();

    /** Keeps the sources in the order of their names. */
    public MixtureHeader {
        sources = Collections.unmodifiableMap(new TreeMap<>(sources == null ? Map.of() : sources));
    }

    /** The header of a mixture; null for any other corpus. */
    public static MixtureHeader of(CorpusConfig corpus) {
        if (corpus.mixture() == null) {
            return null;
        }
        Map<String, Source> sources = new TreeMap<>();
        boolean once = corpus.heldOutPart();
        corpus.mixture()
                .forEach((name, source) -> sources.put(
                        name,
                        new Source(source.weight(), once ? 1 : source.epochs(), once ? null : source.maxTokens())));
        return new MixtureHeader(corpus.maxTokens(), sources);
    }

    /** Adds the header. */
    public void writeTo(Headers headers) {
        headers.add(HEADER, bytes());
    }

    /** Size of the header in a record. */
    public int size() {
        return HEADER.length() + bytes().length;
    }

    private byte[] bytes() {
        try {
            return JSON.writeValueAsBytes(this);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Reads the header; null if it is missing or cannot be understood. */
    public static MixtureHeader read(Headers headers) {
        Header header = headers.lastHeader(HEADER);
        if (header == null || header.value() == null || header.value().length > MAX_BYTES) {
            return null;
        }
        try {
            return JSON.readValue(new String(header.value(), StandardCharsets.UTF_8), MixtureHeader.class);
        } catch (JsonProcessingException e) {
            return null;
        }
    }

    /** Names of the sources, for messages. */
    public String names() {
        return String.join(", ", sources.keySet());
    }

    /**
     * How another mixture differs from this one.
     *
     * @return one clause for each difference; empty if there is none
     */
    public List<String> changes(MixtureHeader now) {
        List<String> changes = new ArrayList<>();
        TreeSet<String> names = new TreeSet<>(sources.keySet());
        names.addAll(now.sources.keySet());
        for (String name : names) {
            Source before = sources.get(name);
            Source after = now.sources.get(name);
            if (before == null || after == null) {
                changes.add("source " + name + (before == null ? " was added" : " was removed"));
                continue;
            }
            String key = "corpora." + name;
            add(changes, key + ".weight", number(before.weight), number(after.weight));
            add(changes, key + ".epochs", before.epochs, after.epochs);
            add(changes, key + ".maxTokens", before.maxTokens, after.maxTokens);
        }
        add(changes, "corpus.maxTokens", maxTokens, now.maxTokens);
        return changes;
    }

    private static void add(List<String> changes, String key, Object before, Object after) {
        if (!Objects.equals(before, after)) {
            changes.add(key + " was " + before + " and is now " + after);
        }
    }

    private static String number(double weight) {
        return weight == Math.rint(weight) && Math.abs(weight) < 1e9
                ? Long.toString((long) weight)
                : Double.toString(weight);
    }
}
