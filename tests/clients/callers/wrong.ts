/** What the types of the client refuse, one mistake a line. */
import { answer, pricing } from "merx-client";

const prices = pricing("http://127.0.0.1:8002");
prices.POST("/v1/prices:quote", { body: { lines: [{}] } });
prices.POST("/v1/prices:quote", { body: { lines: [{ product_id: "1", offer_bp: "5" }] } });
prices.POST("/v1/prices:quoted", { body: { lines: [] } });
prices.GET("/v1/products/{id}/forecast");
(await answer(prices.GET("/v1/prices/audit"))).quotes[0]!.product_id.amount;
