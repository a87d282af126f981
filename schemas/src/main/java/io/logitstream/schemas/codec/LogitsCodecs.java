package io.logitstream.schemas.codec;

import io.logitstream.messages.LogitstreamException;
import io.logitstream.schemas.LogitsBatch;
import io.logitstream.schemas.codec.compact.CompactCodec;
import io.logitstream.schemas.logits.LogitsCodec;
import java.util.Map;
import java.util.TreeMap;

/** The codecs that this version reads and writes, by name. */
public final class LogitsCodecs {

    private static final Map<String, LogitsCodec> BY_NAME =
            new TreeMap<>(Map.of(PlainCodec.NAME, new PlainCodec(), CompactCodec.NAME, new CompactCodec()));

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
}
