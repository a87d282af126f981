package io.logitstream.exploration.plan;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.logitstream.messages.UsageException;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A plan of runs, as it stands in its YAML file. Keys of settings may be written with dots.
 *
 * @param name name of the exploration; by default that of the file
 * @param description what it is about
 * @param paper what the paper found, shown beside the results
 * @param found what runs of this plan have found before, shown beside the results
 * @param base configuration that all runs start from
 * @param mode how the axes are combined, {@code one-at-a-time} by default
 * @param axes what varies: a configuration key with a list of values, or a name with a map of named settings
 * @param runs further runs by name, each with what differs from the base
 * @param seeds seeds of the students; each variant runs once with each, 1 by default
 * @param baseline name of the variant that all are compared with, or a value for some axes: then each variant is
 *     compared with the one that differs in those alone; by default {@code lm} where there is one, else the first
 * @param prompts texts that finished students continue, none by default
 * @param resources what the students may use together
 */
public record ExplorationPlan(
        String name,
        String description,
        String paper,
        String found,
        ObjectNode base,
        Mode mode,
        Map<String, JsonNode> axes,
        Map<String, ObjectNode> runs,
        List<Long> seeds,
        JsonNode baseline,
        List<String> prompts,
        Resources resources) {

    /** How the axes are combined. */
    public enum Mode {
        /** Each value of an axis with all else as in the base. */
        @JsonProperty("one-at-a-time")
        ONE_AT_A_TIME,
        /** All values of each axis with all of the others. */
        @JsonProperty("grid")
        GRID
    }

    /**
     * Limits for the students that train side by side.
     *
     * @param cores cores, each run taking {@code compute.threads} of them; all of the machine by default
     * @param memoryMb memory for tensors in MB, by the estimate of {@code train --dry-run}; half of the machine's by
     *     default
     */
    public record Resources(Integer cores, Long memoryMb) {
        /** Checks the ranges. */
        public Resources {
            if (cores != null && cores < 1 || memoryMb != null && memoryMb < 1) {
                throw new UsageException(
                        "resources: cores " + cores + " and memoryMb " + memoryMb + " must be positive");
            }
        }
    }

    /** Fills in the defaults and checks what can be checked without the configuration. */
    public ExplorationPlan {
        base = base == null ? JsonNodeFactory.instance.objectNode() : base;
        mode = mode == null ? Mode.ONE_AT_A_TIME : mode;
        axes = axes == null ? Map.of() : new LinkedHashMap<>(axes);
        runs = runs == null ? Map.of() : new LinkedHashMap<>(runs);
        seeds = seeds == null ? List.of(1L) : List.copyOf(seeds);
        prompts = prompts == null ? List.of() : List.copyOf(prompts);
        resources = resources == null ? new Resources(null, null) : resources;
        if (seeds.isEmpty() || new HashSet<>(seeds).size() < seeds.size()) {
            throw new UsageException("seeds " + seeds + ": expected one or more, each once");
        }
        if (axes.isEmpty() && runs.isEmpty()) {
            throw new UsageException("the plan has neither axes nor runs: there is nothing to explore");
        }
    }

    /** The same under a name, unless it has one. */
    public ExplorationPlan named(String file) {
        return name != null
                ? this
                : new ExplorationPlan(
                        file, description, paper, found, base, mode, axes, runs, seeds, baseline, prompts, resources);
    }
}
