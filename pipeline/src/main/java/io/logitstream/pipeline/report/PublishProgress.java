package io.logitstream.pipeline.report;

import io.logitstream.pipeline.console.ProgressDisplay;
import io.logitstream.producers.PublishListener;
import java.util.Map;

/** Shows how far a publisher is and, for a mixture, the shares of its sources. */
public final class PublishProgress implements PublishListener {
    private final ProgressDisplay status;
    private Map<String, Long> shares = Map.of();

    public PublishProgress(ProgressDisplay status) {
        this.status = status;
    }

    @Override
    public void shares(Map<String, Long> tokens) {
        shares = tokens;
    }

    @Override
    public void committed(long batches, long predictedTokens, double fraction) {
        Map<String, Long> now = shares;
        status.showText(() -> CommandResults.publishing(batches, predictedTokens, fraction)
                + (now.isEmpty() ? "" : ": " + CommandResults.shares(now)));
    }
}
