package io.logitstream.teacher.served.vllm;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.logitstream.teacher.served.ScoringRequirements;
import io.logitstream.teacher.served.wire.ScoringEndpoint;

/** What the endpoints of vLLM have in common. */
abstract class VllmEndpoint implements ScoringEndpoint {
    static final byte[] MODEL = "model".getBytes(US_ASCII);
    static final byte[] PROMPT_LOGPROBS = "prompt_logprobs".getBytes(US_ASCII);
    static final byte[] PROMPT_TOKEN_IDS = "prompt_token_ids".getBytes(US_ASCII);

    final String model;
    final ScoringRequirements requirements;
    private final String path;

    VllmEndpoint(String path, String model, ScoringRequirements requirements) {
        this.path = path;
        this.model = model;
        this.requirements = requirements;
    }

    @Override
    public final String path() {
        return path;
    }

    // Name, number, rank and decoded_token, whose characters may be escaped.
    @Override
    public final int mostBytesPerEntry() {
        return 1024;
    }
}
