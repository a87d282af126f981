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
 * A plan of runs, as in its YAML file. Keys of settings may contain dots.
 *
 * @param name name of the exploration; the file's name by default
 * @param description purpose of the plan
 * @param paper results of the paper, shown beside the plan's own
 * @param found earlier results of this plan, shown beside the new ones
 * @param base configuration that all runs start from
 * @param mode combination of the axes, {@code one-at-a-time} by default
 * @param axes what varies: a configuration key with a list of values, or a name with a map of named settings
 * @param runs additional runs by name, each with its differences from the base
 * @param seeds seeds of the students; each variant runs once per seed; 1 by default
 * @param baseline name of the variant that all others are compared with, or values for some axes: then each variant is
 *     compared with the one that differs only in these axes; by default {@code lm} if there is such a variant, else the
 *     first
 * @param prompts prompts for finished students; none by default
 * @param resources limits for concurrent runs
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

    /** Combination of the axes. */
    public enum Mode {
        /** Each value of each axis, with everything else as in the base. */
        @JsonProperty("one-at-a-time")
        ONE_AT_A_TIME,
        /** The Cartesian product of all axes. */
        @JsonProperty("grid")
        GRID
    }

    /**
     * Limits for students that train at the same time.
     *
     * @param cores cores; each run takes {@code compute.threads} of them; all of the machine by default
     * @param memoryMb memory for tensors in MB, by the estimate of {@code train --dry-run}; half of the machine's
     *     memory by default
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

    /** Fills in defaults and checks what does not depend on the configuration. */
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

    /** The plan with a default name. */
    public ExplorationPlan named(String file) {
        return name != null
                ? this
                : new ExplorationPlan(
                        file, description, paper, found, base, mode, axes, runs, seeds, baseline, prompts, resources);
    }
}
