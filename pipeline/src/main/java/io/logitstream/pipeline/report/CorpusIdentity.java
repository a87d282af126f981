package io.logitstream.pipeline.report;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.logitstream.files.Sha256;
import io.logitstream.messages.FailureText;
import io.logitstream.messages.LogitstreamException;
import io.logitstream.producers.corpus.source.CorpusConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The corpus of a run as its identity. The text that comes with logitstream is known by its name and content, so that
 * a run continues after the checkout was moved, through a link, and in a container; other text by its source.
 */
public final class CorpusIdentity {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String SOURCE = "source";
    private static final String DIGEST = "sha256";
    private static final Pattern BUNDLED =
            Pattern.compile("(?:.*[/\\\\])?cli[/\\\\]target[/\\\\]corpus[/\\\\]([^/\\\\]+-sources\\.jar)");

    private CorpusIdentity() {}

    /** The identity of a corpus, null for none. */
    public static JsonNode of(CorpusConfig corpus) {
        JsonNode identity = JSON.valueToTree(corpus);
        if (identity instanceof ObjectNode settings && bundled(settings)) {
            Path file = Path.of(corpus.source());
            // A finished run is continued without its text as well.
            if (Files.isRegularFile(file)) {
                settings.put(DIGEST, digest(file));
            }
        }
        return identity;
    }

    /**
     * A saved identity in the current form: earlier versions saved the path of the bundled text.
     *
     * @param saved saved identity
     * @param now current identity, whose digest is removed where none was saved
     */
    public static JsonNode saved(JsonNode saved, JsonNode now) {
        JsonNode copy = saved.deepCopy();
        if (copy instanceof ObjectNode settings) {
            bundled(settings);
            if (!settings.has(DIGEST) && now instanceof ObjectNode current) {
                current.remove(DIGEST);
            } else if (!now.has(DIGEST)) {
                settings.remove(DIGEST);
            }
        }
        return copy;
    }

    private static boolean bundled(ObjectNode settings) {
        Matcher name = BUNDLED.matcher(settings.path(SOURCE).asText());
        if (name.matches()) {
            settings.put(SOURCE, "logitstream:" + name.group(1));
            return true;
        }
        return false;
    }

    private static String digest(Path file) {
        try {
            return Sha256.hex(file);
        } catch (IOException e) {
            throw new LogitstreamException(file + " cannot be read: " + FailureText.of(e), e);
        }
    }
}
