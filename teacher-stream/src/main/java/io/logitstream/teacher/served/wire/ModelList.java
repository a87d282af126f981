package io.logitstream.teacher.served.wire;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import io.logitstream.messages.Printable;
import io.logitstream.messages.Secrets;
import io.logitstream.messages.UsageException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** The models that {@code /v1/models} lists. */
public final class ModelList {
    private static final int SHOWN = 10;
    /** Maximum length of a name, which is part of each record. */
    private static final int LONGEST_NAME = 256;

    private ModelList() {}

    /**
     * Finds a model.
     *
     * @param wanted name of the model; null for the only one
     * @return what the server says about it: {@code id}, and perhaps {@code root} and {@code max_model_len}
     * @throws UsageException if there is no such model, or none is named and there are several
     * @throws AnswerException if the server does not list its models
     */
    public static JsonNode find(ServerInfo server, String wanted)
            throws IOException, InterruptedException, AnswerException {
        JsonNode answer = server.get("/v1/models");
        List<JsonNode> models = new ArrayList<>();
        JsonNode listed = answer == null ? MissingNode.getInstance() : answer.path("data");
        for (JsonNode model : listed) {
            if (model.path("id").isTextual() && isName(model.path("id").textValue())) {
                models.add(model);
            }
        }
        if (models.isEmpty() && !listed.isEmpty()) {
            throw new AnswerException("to /v1/models lists no model with a name of at most " + LONGEST_NAME
                    + " visible characters; start the server with such a name");
        }
        if (models.isEmpty()) {
            throw new AnswerException("to /v1/models lists no model; is it the address of such a server?");
        }
        if (wanted == null && models.size() == 1) {
            return models.get(0);
        }
        for (JsonNode model : models) {
            if (model.get("id").textValue().equals(wanted)) {
                return model;
            }
        }
        throw new UsageException(server.address() + " serves "
                + (wanted == null ? "several models" : "no model '" + wanted + "'") + "; set teach.server.model to "
                + (models.size() == 1 ? "" : "one of ") + names(models));
    }

    // A server that repeats its key as a name would have it written to each record.
    private static boolean isName(String id) {
        return !id.isBlank()
                && id.length() <= LONGEST_NAME
                && Printable.of(id, LONGEST_NAME).equals(id)
                && Secrets.masked(id).equals(id);
    }

    private static String names(List<JsonNode> models) {
        List<String> names = new ArrayList<>();
        models.stream()
                .limit(SHOWN)
                .forEach(model -> names.add(Printable.of(model.get("id").textValue())));
        return String.join(", ", names) + (models.size() > SHOWN ? ", ..." : "");
    }

    /** A text of an answer; null if it is not told. */
    public static String text(JsonNode answer, String... names) {
        for (String name : names) {
            if (answer != null
                    && answer.path(name).isTextual()
                    && !answer.path(name).textValue().isBlank()) {
                return Printable.of(Secrets.masked(answer.path(name).textValue()));
            }
        }
        return null;
    }

    /** A positive number of an answer; null if it is not told. */
    public static Integer number(JsonNode answer, String... names) {
        for (String name : names) {
            if (answer != null
                    && answer.path(name).canConvertToInt()
                    && answer.path(name).intValue() > 0) {
                return answer.path(name).intValue();
            }
        }
        return null;
    }
}
