package io.logitstream.pipeline.stages;

import io.logitstream.files.Sha256;
import io.logitstream.model.huggingface.ModelWeights;
import io.logitstream.model.libtorch.Precision;
import io.logitstream.pipeline.config.LogitstreamConfig;
import io.logitstream.teacher.config.ServerConfig;
import java.util.Locale;

/** What tells the teacher of a run from those of other runs, without loading it or asking a server. */
public final class TeacherIdentity {
    private TeacherIdentity() {}

    /**
     * Precision in which the configured teacher computes its logits; null for float32, and for a served teacher, whose
     * server decides on it.
     */
    public static String precision(LogitstreamConfig config) {
        Precision precision = config.teach().precision();
        return precision == Precision.FLOAT32 || config.teach().server() != null
                ? null
                : precision.name().toLowerCase(Locale.ROOT);
    }

    /** The configured teacher in words: its folder, or the kind of its server and the name of its model there. */
    public static String name(LogitstreamConfig config) {
        ServerConfig server = config.teach().server();
        return server == null
                ? config.teacher()
                : server.api().key() + ":" + (server.model() != null ? server.model() : String.join(",", server.url()));
    }

    /**
     * Hash of the configured teacher: that of its weights, or for a served teacher that of the server's kind and the
     * name of its model. A served model without a name is known by its addresses.
     */
    public static String hash(LogitstreamConfig config) {
        ServerConfig server = config.teach().server();
        if (server == null) {
            return ModelWeights.hash(InputPath.require("teacher", config.teacher()));
        }
        return Sha256.hex("api=" + server.api().key() + "\n"
                + (server.model() != null ? "model=" + server.model() : "url=" + String.join(",", server.url()))
                + "\n");
    }
}
