// SPDX-License-Identifier: Apache-2.0
package dev.dendra.http;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.dendra.energy.EnergyMeter;
import dev.dendra.energy.EnergyUse;
import java.util.OptionalDouble;

/**
 * The energy of a request, as answers show it.
 *
 * @param use joules
 * @param meter that measured them
 */
record EnergyJson(EnergyUse use, EnergyMeter meter) {

    ObjectNode toJson() {
        OptionalDouble marginal = use.marginalJoules();
        return Json.object()
                .put("prefill_joules", use.prefillJoules())
                .put("decode_joules", use.decodeJoules())
                .put("gross_joules", use.grossJoules())
                .put("marginal_joules", marginal.isPresent() ? Double.valueOf(marginal.getAsDouble()) : null)
                .put("source", meter.source().id())
                .put("domains", meter.domains())
                .put("scope", meter.scope().id())
                .put("shared", meter.scope().shared());
    }
}
