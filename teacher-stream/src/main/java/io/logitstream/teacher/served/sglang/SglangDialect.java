package io.logitstream.teacher.served.sglang;

import com.fasterxml.jackson.databind.JsonNode;
import io.logitstream.teacher.config.ServerKind;
import io.logitstream.teacher.served.ScoringRequirements;
import io.logitstream.teacher.served.ServedModel;
import io.logitstream.teacher.served.wire.AnswerException;
import io.logitstream.teacher.served.wire.ModelList;
import io.logitstream.teacher.served.wire.ScoringEndpoint;
import io.logitstream.teacher.served.wire.ServerDialect;
import io.logitstream.teacher.served.wire.ServerInfo;
import java.io.IOException;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;

/** What is particular to SGLang. */
public final class SglangDialect implements ServerDialect {
    @Override
    public ServedModel identify(ServerInfo server, String wanted)
            throws IOException, InterruptedException, AnswerException {
        JsonNode model = ModelList.find(server, wanted);
        JsonNode info = either(server, "/get_model_info", "/model_info");
        JsonNode settings = either(server, "/get_server_info", "/server_info");
        Integer context = ModelList.number(model, "max_model_len");
        if (context == null) {
            context = ModelList.number(settings, "context_length");
        }
        return new ServedModel(
                ServerKind.SGLANG,
                model.get("id").textValue(),
                ModelList.text(settings, "version"),
                revision(model, info, settings),
                context == null ? null : context - 1,
                ModelList.number(info, "vocab_size"),
                null);
    }

    // Newer versions have the second name.
    private static JsonNode either(ServerInfo server, String old, String name)
            throws IOException, InterruptedException, AnswerException {
        JsonNode answer = server.get(old);
        return answer != null ? answer : server.get(name);
    }

    // A server whose weights are replaced while it runs changes its weight_version.
    private static String revision(JsonNode model, JsonNode info, JsonNode settings) {
        String path = ModelList.text(info, "model_path");
        if (path == null) {
            path = ModelList.text(model, "root");
        }
        String revision = ModelList.text(settings, "revision");
        String weights = ModelList.text(info, "weight_version");
        String all = String.join(
                "@",
                Stream.of(path, revision, "default".equals(weights) ? null : weights)
                        .filter(Objects::nonNull)
                        .toList());
        return all.isEmpty() ? null : all;
    }

    @Override
    public List<ScoringEndpoint> endpoints(String model, ScoringRequirements requirements) {
        return List.of(new SglangEndpoint(requirements));
    }

    @Override
    public String explain(String words, ScoringRequirements requirements) {
        return null;
    }
}
