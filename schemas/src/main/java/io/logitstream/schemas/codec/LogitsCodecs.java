package io.logitstream.schemas.codec;

import io.logitstream.messages.LogitstreamException;
import io.logitstream.schemas.LogitsBatch;
import io.logitstream.schemas.codec.compact.CompactCodec;
import io.logitstream.schemas.codec.compact.CompactSupportsCodec;
import io.logitstream.schemas.logits.LogitsCodec;
import java.util.Map;
import java.util.TreeMap;

/** The codecs that this version reads and writes, by name. */
public final class LogitsCodecs {

    /** End of the names of codecs without statistics, after the name of the codec with them. */
    private static final String WITHOUT_STATISTICS = "-supports";

    private static final Map<String, LogitsCodec> BY_NAME = new TreeMap<>(Map.of(
            PlainCodec.NAME,
            new PlainCodec(true),
            PlainCodec.NAME + WITHOUT_STATISTICS,
            new PlainCodec(false),
            CompactCodec.NAME,
            new CompactCodec(),
            CompactSupportsCodec.NAME,
            new CompactSupportsCodec()));

    private LogitsCodecs() {}

    /**
     * Finds a codec.
     *
     * @param name name as in {@link LogitsBatch#getCodec()}
     * @throws LogitstreamException if this version has no such codec
     */
    public static LogitsCodec byName(String name) {
        LogitsCodec codec = name == null ? null : BY_NAME.get(name);
        if (codec == null) {
            throw new LogitstreamException("logits codec '" + name + "' is unknown to this version, which has "
                    + String.join(", ", BY_NAME.keySet()) + "; use a version that knows it");
        }
        return codec;
    }

    /**
     * Finds the codec for logits without statistics.
     *
     * @param name name of a codec with statistics, or of one without
     * @throws LogitstreamException if this version has no such codec
     */
    public static LogitsCodec withoutStatistics(String name) {
        LogitsCodec codec = byName(name);
        return codec.hasStatistics() ? byName(name + WITHOUT_STATISTICS) : codec;
    }
}
