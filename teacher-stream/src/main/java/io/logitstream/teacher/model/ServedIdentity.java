package io.logitstream.teacher.model;

import io.logitstream.files.Sha256;
import io.logitstream.messages.UsageException;
import io.logitstream.schemas.Teacher;
import io.logitstream.teacher.config.ServerKind;
import io.logitstream.teacher.served.ServedModel;
import java.util.Map;
import java.util.TreeMap;

/** Name and hash of served teachers in the records; schemas/README.md specifies both. */
public final class ServedIdentity {
    private ServedIdentity() {}

    /**
     * The teacher as written to each record.
     *
     * @param model what the server tells
     * @param id name chosen by the user; null for the name of the model on the server
     */
    static Teacher of(ServedModel model, String id) {
        Map<String, String> observed = new TreeMap<>();
        observed.put("api", model.api().key());
        observed.put("model", model.name());
        observed.put("revision", model.revision());
        observed.put("version", model.version());
        StringBuilder lines = new StringBuilder();
        observed.forEach((key, value) -> {
            if (value != null) {
                lines.append(key).append('=').append(value).append('\n');
            }
        });
        return new Teacher(prefix(model.api()) + (id == null ? model.name() : id), Sha256.hex(lines.toString()), null);
    }

    /** Whether a name in a record is that of a served teacher. */
    public static boolean isServed(String id) {
        for (ServerKind kind : ServerKind.values()) {
            if (id.startsWith(prefix(kind))) {
                return true;
            }
        }
        return false;
    }

    /**
     * Requires that the name of a teacher with weights is not that of a served one.
     *
     * @throws UsageException when it is
     */
    static void requireNotServed(String id) {
        if (isServed(id)) {
            throw new UsageException(
                    "the teacher's name '" + id + "' (teach.id) is that of a served teacher; choose one"
                            + " that does not begin with vllm: or sglang:");
        }
    }

    private static String prefix(ServerKind kind) {
        return kind.key() + ":";
    }
}
