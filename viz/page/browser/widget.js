// The page as a widget in a notebook: a frame of its own, and the numbers of leaves that go to and fro.
//
// `numbers` is a list of [label, number as text] of what has changed since the page was made:
// Python sets it when a Value changed, and this module when the page says so. What came from the
// page is not sent back to it.

export default {
  render({model, el}) {
    const frame = document.createElement("iframe");
    frame.setAttribute("sandbox", "allow-scripts allow-downloads");
    frame.style.cssText = `width: 100%; height: ${model.get("height")}px; border: 0`;
    frame.srcdoc = model.get("html");
    let isFromPage = false;
    const send = () => {
      if (!isFromPage) frame.contentWindow?.postMessage({minigrad: model.get("numbers")}, "*");
    };
    const receive = ({source, data}) => {
      if (source !== frame.contentWindow || !Array.isArray(data?.minigrad)) return;
      if (!data.minigrad.length) return send(); // the page has opened
      isFromPage = true;
      model.set("numbers", [...new Map([...model.get("numbers"), ...data.minigrad])]);
      isFromPage = false;
      model.save_changes();
    };
    addEventListener("message", receive);
    model.on("change:numbers", send);
    el.append(frame);
    return () => {
      removeEventListener("message", receive);
      model.off("change:numbers", send);
    };
  },
};
