package io.logitstream.exploration.plan;

import io.logitstream.pipeline.config.LogitstreamConfig;
import io.logitstream.pipeline.inspection.SupportRule;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The selection with which a served teacher scores the held-out text: the widest of the runs that learn from it. The
 * divergences of the runs of a plan are then over the same tokens, in whatever order the runs are evaluated. A teacher
 * whose weights are here needs no selection for that.
 */
public final class HeldOutSelection {
    private final Map<List<String>, SupportRule> widest = new HashMap<>();

    /**
     * @param runs all runs of a plan
     */
    public HeldOutSelection(Collection<RunSpec> runs) {
        runs.stream().filter(run -> run.support() != null).forEach(this::widen);
        Map<List<String>, SupportRule> ofLearners = Map.copyOf(widest);
        runs.stream().filter(run -> !ofLearners.containsKey(evaluatedWith(run))).forEach(this::widen);
    }

    private void widen(RunSpec run) {
        if (run.config().teach().server() != null) {
            widest.merge(evaluatedWith(run), SupportRule.of(run.config().selection(), null, null), SupportRule::union);
        }
    }

    /** What runs have in common that can be evaluated in one pass of their teacher. */
    public static List<String> evaluatedWith(RunSpec run) {
        return List.of(
                run.config().teacher(),
                String.valueOf(run.config().teach().server()),
                run.config().topics().heldOut());
    }

    /** The configuration of a run with this selection. */
    public LogitstreamConfig apply(RunSpec run) {
        SupportRule support = widest.get(evaluatedWith(run));
        return support == null ? run.config() : run.config().withSelection(support.selection());
    }
}
