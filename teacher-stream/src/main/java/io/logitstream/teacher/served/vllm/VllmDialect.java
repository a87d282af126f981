package io.logitstream.teacher.served.vllm;

import com.fasterxml.jackson.databind.JsonNode;
import io.logitstream.messages.Printable;
import io.logitstream.messages.UsageException;
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
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What is particular to vLLM. */
public final class VllmDialect implements ServerDialect {
    private static final String RAW = "raw_logprobs";
    /** The words about too many log-probabilities; the limit is the number behind them. */
    private static final Pattern TOO_MANY = Pattern.compile("(?is).*logprobs.*greater than.*?allowed:?\\s*(-?\\d+).*");

    @Override
    public ServedModel identify(ServerInfo server, String wanted)
            throws IOException, InterruptedException, AnswerException {
        JsonNode model = ModelList.find(server, wanted);
        Integer context = ModelList.number(model, "max_model_len");
        JsonNode config = modelConfig(server);
        String mode = ModelList.text(config, "logprobs_mode");
        if (mode != null && !mode.endsWith(RAW)) {
            throw new UsageException(server.address() + " was started with --logprobs-mode "
                    + Printable.of(mode) + ", which gives no log-probabilities of the model itself; start it with "
                    + RAW + ", the default");
        }
        return new ServedModel(
                ServerKind.VLLM,
                model.get("id").textValue(),
                ModelList.text(server.get("/version"), "version"),
                revision(model, config),
                // One token is generated besides the prompt.
                context == null ? null : context - 1,
                null,
                ModelList.number(config, "max_logprobs"));
    }

    // Only servers in development mode tell their settings.
    private static JsonNode modelConfig(ServerInfo server) throws IOException, InterruptedException, AnswerException {
        JsonNode settings = server.get("/server_info?config_format=json");
        return settings == null ? null : settings.path("vllm_config").path("model_config");
    }

    private static String revision(JsonNode model, JsonNode config) {
        String revision = ModelList.text(config, "revision");
        return revision != null ? revision : ModelList.text(model, "root");
    }

    @Override
    public List<ScoringEndpoint> endpoints(String model, ScoringRequirements requirements) {
        return List.of(new GenerateEndpoint(model, requirements), new CompletionsEndpoint(model, requirements));
    }

    @Override
    public String explain(String words, ScoringRequirements requirements) {
        Matcher tooMany = TOO_MANY.matcher(words);
        if (tooMany.matches()) {
            return "gives at most " + tooMany.group(1) + " log-probabilities at a position, but "
                    + requirements.entries() + " are asked for; start vLLM with --max-logprobs "
                    + requirements.entries() + ", or lower teach.server.topLogprobs or selection.topK";
        }
        if (words.contains("max_logprobs") || words.contains("max-logprobs")) {
            return "refuses " + requirements.entries() + " log-probabilities at a position ('" + words
                    + "'); start vLLM with --max-logprobs " + requirements.entries()
                    + ", or lower teach.server.topLogprobs or selection.topK";
        }
        return null;
    }
}
