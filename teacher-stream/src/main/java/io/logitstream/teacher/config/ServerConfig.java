package io.logitstream.teacher.config;

import com.fasterxml.jackson.annotation.JsonFormat;
import io.logitstream.messages.UsageException;
import io.logitstream.schemas.kafka.SecretReferences;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * Access to a server that computes the teacher's log-probabilities. The key is held as a reference, so that a
 * configuration can be printed and stored.
 *
 * @param api kind of server: {@code vllm} or {@code sglang}
 * @param url address of the server, or a list of servers of the same model; without a trailing slash or {@code /v1}
 * @param model name of the model; null for the only one that the server has
 * @param topLogprobs log-probabilities asked for at each position; null for {@code selection.topK}
 * @param requests requests in flight, over all addresses; 64 by default
 * @param timeoutSeconds time for one request, until its answer is complete; 300 by default
 * @param retrySeconds time for which a failing request is repeated; 600 by default, 0 to never repeat one
 * @param apiKey reference to the key that is sent as bearer token, such as <code>${env:NAME}</code>; null for none
 * @param caFile PEM file of the certificate authorities of https addresses; null for those of Java
 */
public record ServerConfig(
        ServerKind api,

        @JsonFormat(with = JsonFormat.Feature.ACCEPT_SINGLE_VALUE_AS_ARRAY)
        List<String> url,

        String model,
        Integer topLogprobs,
        Integer requests,
        Integer timeoutSeconds,
        Integer retrySeconds,
        String apiKey,
        String caFile) {
    /** Limit of {@code requests}: each has a thread. */
    private static final int MOST_REQUESTS = 4096;

    private static final int MOST_SECONDS = 7 * 24 * 3600;
    /** Limit of {@code topLogprobs}, above the size of any vocabulary. */
    private static final int MOST_LOGPROBS = 1 << 20;

    /** Checks the values and fills in the defaults. */
    public ServerConfig {
        if (api == null) {
            throw new UsageException("teach.server.api is missing; set it to vllm or sglang");
        }
        if (url == null || url.isEmpty()) {
            throw new UsageException(
                    "teach.server.url is missing; set it to the address of the server, such as http://gpu-1:8000");
        }
        Set<String> addresses = new LinkedHashSet<>();
        for (String address : url) {
            if (!addresses.add(address(address))) {
                throw new UsageException("teach.server.url names " + address(address) + " twice");
            }
        }
        url = List.copyOf(addresses);
        if (model != null && model.isBlank()) {
            throw new UsageException("teach.server.model is blank; name a model, or leave it out");
        }
        topLogprobs = topLogprobs == null ? null : within("topLogprobs", topLogprobs, 1, MOST_LOGPROBS);
        requests = within("requests", requests == null ? 64 : requests, 1, MOST_REQUESTS);
        timeoutSeconds = within("timeoutSeconds", timeoutSeconds == null ? 300 : timeoutSeconds, 1, MOST_SECONDS);
        retrySeconds = within("retrySeconds", retrySeconds == null ? 600 : retrySeconds, 0, MOST_SECONDS);
        if (apiKey != null && !SecretReferences.isReference(apiKey)) {
            throw new UsageException("teach.server.apiKey is not a reference; give the key by ${env:NAME},"
                    + " ${file:PATH:KEY} or ${dir:FOLDER:FILE}, so that it is in no command line and no configuration");
        }
    }

    /** Access to one server with the defaults. */
    public ServerConfig(ServerKind api, String url) {
        this(api, url == null ? null : List.of(url), null, null, null, null, null, null, null);
    }

    // The address may hold a password in any of its parts, so that only the valid parts are repeated.
    private static String address(String text) {
        if (text == null || text.isBlank()) {
            throw new UsageException("teach.server.url has an empty address");
        }
        URI uri;
        try {
            uri = new URI(text.strip());
        } catch (URISyntaxException e) {
            // Its position is left out: JDKs differ in it.
            throw new UsageException(
                    "teach.server.url is not a URL (" + e.getReason() + "); write it like http://gpu-1:8000");
        }
        String scheme = uri.getScheme() == null ? "" : uri.getScheme().toLowerCase(Locale.ROOT);
        if (!scheme.equals("http") && !scheme.equals("https")) {
            throw new UsageException(
                    "teach.server.url begins with neither http:// nor https://; write it like http://gpu-1:8000");
        }
        if (uri.getRawUserInfo() != null) {
            throw new UsageException("teach.server.url holds a login before '@'; give the key by teach.server.apiKey");
        }
        if (uri.getHost() == null || uri.getRawQuery() != null || uri.getRawFragment() != null) {
            throw new UsageException("teach.server.url needs a host name, and takes neither ? nor #; write it like"
                    + " http://gpu-1:8000");
        }
        String path = uri.getRawPath() == null ? "" : uri.getRawPath();
        return scheme + "://" + uri.getRawAuthority()
                + path.replaceFirst("/+$", "").replaceFirst("(/v1)?/*$", "");
    }

    private static int within(String key, int value, int least, int most) {
        if (value < least || value > most) {
            throw new UsageException("teach.server." + key + " " + value + " is not in [" + least + ", " + most + "]");
        }
        return value;
    }
}
